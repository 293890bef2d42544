import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { licenses } from "./licenses.ts";

// The built page is part of the Python package: one script, one sheet, nothing inline, nothing from elsewhere.
export default defineConfig({
  base: "/",
  plugins: [svelte(), licenses()],
  build: {
    outDir: "../src/glassnet/studio/static",
    emptyOutDir: true,
    target: "es2022",
    rolldownOptions: { checks: { pluginTimings: false } },
    assetsInlineLimit: 0,
    modulePreload: false,
    reportCompressedSize: true,
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(
      ["/api", "/start"].map((path) => [path, { target: "http://127.0.0.1:8765", changeOrigin: true }]),
    ),
  },
});
