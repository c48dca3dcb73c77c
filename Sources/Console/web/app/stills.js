// Single pictures for lines that carry no video: a small JPEG every few seconds over the link's data
// channel, drawn from the camera through a canvas.

const everySeconds = 4;
const width = 320;
const quality = 0.5;
/** The longest picture that is taken from the other end, in characters. */
export const stillLimit = 100000;

/** Draws a still of `stream` every few seconds and hands it over as a data URL. */
export class Stills {
  constructor(stream, handOver) {
    this.handOver = handOver;
    this.video = document.createElement("video");
    this.video.muted = true;
    this.video.playsInline = true;
    this.video.srcObject = stream;
    this.video.play().catch(() => {});
    this.canvas = document.createElement("canvas");
    this.timer = setInterval(() => this.take(), everySeconds * 1000);
    this.video.onloadeddata = () => this.take();
  }

  take() {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return;
    this.canvas.width = width;
    this.canvas.height = Math.round((width * videoHeight) / videoWidth);
    this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
    this.handOver(this.canvas.toDataURL("image/jpeg", quality));
  }

  end() {
    clearInterval(this.timer);
    this.video.srcObject = null;
  }
}

/** Whether a text from the other end is a still, and not larger than one. */
export const isStill = (text) => typeof text === "string" && text.length <= stillLimit
  && /^data:image\/jpeg;base64,[A-Za-z0-9+/=]+$/.test(text);
