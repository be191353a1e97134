// Builds the page (src/dashboard/page) into dist/page.
import { defineConfig } from "vite";

export default defineConfig({
  root: "src/dashboard/page",
  base: "./",
  build: {
    outDir: "../../../dist/page",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2023",
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
