// The diagram as a file: the same drawing, by a pen that writes SVG.
import { escapeMarkup } from "../../../figures/theme.ts";
import { Canvasser } from "./canvasser.ts";
import { FAMILY, type Pen } from "./pen.ts";
import type { Scene } from "./scene.ts";

/** A scene as SVG text: it needs nothing but itself. */
export function sceneToSvg(scene: Scene, title: string): string {
  const pen = new SvgPen();
  new Canvasser().draw(pen, scene);
  const { width, height } = scene.pane;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FAMILY}" role="img" aria-label="${escapeMarkup(title)}">
<title>${escapeMarkup(title)}</title>
${pen.text()}
</svg>
`;
}

type State = Pick<
  SvgPen,
  "fillStyle" | "strokeStyle" | "lineWidth" | "globalAlpha" | "font" | "textAlign"
> & { readonly dashes: readonly number[]; readonly groups: number };

const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };

/** Writes what it is told to draw as elements. */
class SvgPen implements Pen {
  fillStyle: string | object = "#000";
  strokeStyle: string | object = "#000";
  lineWidth = 1;
  globalAlpha = 1;
  font = "11px sans-serif";
  textAlign: Pen["textAlign"] = "left";
  readonly #lines: string[] = [];
  /** The path so far, and the rectangles that wait to become one. */
  #path: string[] = [];
  #rects: string[] = [];
  #rectLook = "";
  #dashes: readonly number[] = [];
  #clips = 0;
  #groups = 0;
  readonly #saved: State[] = [];

  text(): string {
    this.#flush();
    return this.#lines.join("\n");
  }

  beginPath(): void {
    this.#path = [];
  }

  moveTo(x: number, y: number): void {
    this.#path.push(`M${short(x)} ${short(y)}`);
  }

  lineTo(x: number, y: number): void {
    this.#path.push(`${this.#path.length === 0 ? "M" : "L"}${short(x)} ${short(y)}`);
  }

  closePath(): void {
    this.#path.push("Z");
  }

  /** Whole circles only: the diagram has no others. */
  arc(x: number, y: number, radius: number, _from: number, _to: number): void {
    const [r, across] = [short(radius), short(2 * radius)];
    const half = `a${r} ${r} 0 1 0 `;
    this.#path.push(`M${short(x - radius)} ${short(y)}${half}${across} 0${half}-${across} 0Z`);
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path.push(boxOf(x, y, width, height));
  }

  fill(): void {
    this.#element(`<path d="${this.#path.join("")}" ${this.#fillLook()}/>`);
  }

  stroke(): void {
    this.#element(`<path d="${this.#path.join("")}" fill="none" ${this.#strokeLook()}/>`);
  }

  clip(): void {
    this.#flush();
    const name = `clip${++this.#clips}`;
    const path = `<path d="${this.#path.join("")}"/>`;
    this.#lines.push(`<clipPath id="${name}">${path}</clipPath>`, `<g clip-path="url(#${name})">`);
    this.#groups++;
  }

  save(): void {
    const { fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign } = this;
    const look = { fillStyle, strokeStyle, lineWidth, globalAlpha, font, textAlign };
    this.#saved.push({ ...look, dashes: this.#dashes, groups: this.#groups });
  }

  restore(): void {
    this.#flush();
    const state = this.#saved.pop();
    if (state === undefined) return;
    const { dashes, groups, ...look } = state;
    Object.assign(this, look);
    this.#dashes = dashes;
    for (; this.#groups > groups; this.#groups--) this.#lines.push("</g>");
  }

  setLineDash(dashes: number[]): void {
    this.#dashes = dashes;
  }

  /** Rectangles of one look that follow each other become one path. */
  fillRect(x: number, y: number, width: number, height: number): void {
    const look = this.#fillLook();
    if (look !== this.#rectLook) this.#flush();
    this.#rectLook = look;
    this.#rects.push(boxOf(x, y, width, height));
  }

  fillText(text: string, x: number, y: number): void {
    this.#text(text, x, y, this.#fillLook());
  }

  strokeText(text: string, x: number, y: number): void {
    this.#text(text, x, y, `fill="none" ${this.#strokeLook()} stroke-linejoin="round"`);
  }

  #text(text: string, x: number, y: number, look: string): void {
    if (text === "") return;
    const [, weight = "400", size = "11"] = /(?:(\d+) )?(\d+)px/.exec(this.font) ?? [];
    const place = `x="${short(x)}" y="${short(y)}" text-anchor="${ANCHORS[this.textAlign]}"`;
    const font = `font-size="${size}" font-weight="${weight}"`;
    this.#element(`<text ${place} ${font} ${look}>${escapeMarkup(text)}</text>`);
  }

  #fillLook(): string {
    return `fill="${escapeMarkup(String(this.fillStyle))}"${this.#opacity()}`;
  }

  #strokeLook(): string {
    const dashes = this.#dashes.length === 0 ? "" : ` stroke-dasharray="${this.#dashes.join(" ")}"`;
    const colour = escapeMarkup(String(this.strokeStyle));
    return `stroke="${colour}" stroke-width="${this.lineWidth}"${dashes}${this.#opacity()}`;
  }

  #opacity(): string {
    return this.globalAlpha === 1 ? "" : ` opacity="${this.globalAlpha}"`;
  }

  #element(text: string): void {
    this.#flush();
    if (!text.includes('d=""')) this.#lines.push(text);
  }

  #flush(): void {
    if (this.#rects.length === 0) return;
    this.#lines.push(`<path d="${this.#rects.join("")}" ${this.#rectLook}/>`);
    this.#rects = [];
  }
}

const boxOf = (x: number, y: number, width: number, height: number): string =>
  `M${short(x)} ${short(y)}h${short(width)}v${short(height)}h${short(-width)}Z`;

/** Tenths of a pixel are enough. */
const short = (value: number): string => String(Math.round(value * 10) / 10);
