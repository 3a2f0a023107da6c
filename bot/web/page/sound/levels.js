// Levels of audio tracks, for the eye. One context for the page's life: closing one while it is in use is an error.

const FLOOR_DB = -60; // shown as nothing; a full-scale wave is shown as 1
const LOOK_EVERY = 50; // milliseconds

let context = null;

/** Lets levels be measured; to be called within a click, as a page may make no sound before one. */
export function allowLevels() {
  context ??= new AudioContext();
  return context.resume();
}

/** Calls `show` with the track's level, 0 to 1, and its power in dB, until the returned function is called. */
export function watchLevel(mediaStreamTrack, show) {
  context ??= new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  const source = context.createMediaStreamSource(new MediaStream([mediaStreamTrack]));
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const db = decibels(samples);
    show(Math.min(Math.max(1 - db / FLOOR_DB, 0), 1), db);
  }, LOOK_EVERY);
  return () => {
    clearInterval(timer);
    source.disconnect();
    show(0, -Infinity);
  };
}

function decibels(samples) {
  let power = 0;
  for (const sample of samples) power += sample * sample;
  return 10 * Math.log10(Math.max(power / samples.length, 1e-12));
}
