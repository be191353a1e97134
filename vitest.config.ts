import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { orrery: new URL("./src/index.ts", import.meta.url).pathname } },
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests that run beside each other start OS processes, each of which wants a core for a while.
    maxConcurrency: 3,
    // What runs in this process alone: OS processes and threads that tests start are not counted.
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/**/*.test.ts", "src/**/*.d.ts", "src/dashboard/page/**"],
      reporter: ["text-summary", "html"],
    },
  },
});
