// Durable functions as the SDK's guide has them. What a step has done, it says in its result.
import { withDurableExecution } from "@aws/durable-execution-sdk-js";

export const steps = withDurableExecution(async (event, context) => {
  const first = await context.step("reserve", async () => `reserved ${event.order}`);
  await context.wait("a-day", { days: 1 });
  const tries = await context.step(
    "flaky",
    async (step) => {
      globalThis.tries = (globalThis.tries ?? 0) + 1;
      if (globalThis.tries < 2) throw new Error("not yet");
      return globalThis.tries;
    },
    { retryStrategy: () => ({ shouldRetry: true, delay: { minutes: 10 } }) },
  );
  return [first, tries];
});

export const sideBySide = withDurableExecution(async (event, context) => {
  const squares = await context.map("squares", event.numbers, async (inner, number) => {
    await inner.wait({ hours: number });
    return inner.step(async () => number * number);
  });
  const both = await context.parallel("both", [
    async (inner) => inner.step(async () => "left"),
    async (inner) => inner.runInChildContext("deeper", async (child) => {
      await child.wait({ seconds: 30 });
      return "right";
    }),
  ]);
  return [squares.getResults(), both.getResults()];
});

export const approved = withDurableExecution(async (event, context) => {
  const answer = await context.waitForCallback("approval", async () => {}, {
    timeout: { hours: 1 },
  });
  const told = await context.invoke("plain", "plain", { n: 1 });
  return [answer, told];
});

export const failing = withDurableExecution(async () => {
  throw new TypeError("out of stock");
});

export const plain = async (event) => ({ told: event.n + 1 });
