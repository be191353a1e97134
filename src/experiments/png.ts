import { createRequire } from "node:module";
import { renderAsync } from "@resvg/resvg-js";

const require = createRequire(import.meta.url);
const FONTS = ["400Regular/Inter_400Regular.ttf", "600SemiBold/Inter_600SemiBold.ttf"];
/** Pixels per px of the figure: sharp in print at half the width. */
const SCALE = 2;

/** A figure as PNG, with the same fonts on every machine; drawn beside this thread, a core each. */
export async function renderPng(svg: string): Promise<Buffer> {
  const fontFiles = FONTS.map((file) => require.resolve(`@expo-google-fonts/inter/${file}`));
  const drawn = await renderAsync(svg, {
    fitTo: { mode: "zoom", value: SCALE },
    // Without font files resvg silently draws no text at all.
    font: { fontFiles, loadSystemFonts: false, defaultFontFamily: "Inter" },
  });
  return drawn.asPng();
}
