// The level of an audio track, for a meter.

const FLOOR_DB = -60; // shown as nothing; a full-scale wave is shown as 1
const SHOWN_EVERY = 50; // milliseconds

/** Calls `show` with the track's level, 0 to 1, until the returned function is called. */
export function watchLevel(mediaStreamTrack, show) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 2048;
  context.createMediaStreamSource(new MediaStream([mediaStreamTrack])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const db = 10 * Math.log10(Math.max(power, 1e-12));
    show(Math.min(Math.max(1 - db / FLOOR_DB, 0), 1));
  }, SHOWN_EVERY);
  return () => {
    clearInterval(timer);
    context.close();
    show(0);
  };
}
