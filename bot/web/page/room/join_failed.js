/** The room was not joined: `what` is an end of words.js, `message` what the other side said. */
export class JoinFailed extends Error {
  constructor(what, detail = "") {
    super(detail);
    this.what = what;
  }
}
