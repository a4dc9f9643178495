// CloudWatch through the SDK.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CloudWatchClient,
  GetMetricDataCommand,
  ListMetricsCommand,
  PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";

const watch = new CloudWatchClient();
const METRIC = {
  Namespace: "Shop",
  MetricName: "Orders",
  Dimensions: [{ Name: "Region", Value: "EU" }],
};

function put(Namespace, ...MetricData) {
  return watch.send(new PutMetricDataCommand({ Namespace, MetricData }));
}

test("metrics are put, listed and read", async () => {
  const { Namespace, ...metric } = METRIC;
  await put(Namespace, { ...metric, Values: [1, 5], Counts: [9, 1], Unit: "Count" });
  const { Metrics } = await watch.send(new ListMetricsCommand({ Namespace }));
  assert.deepEqual(Metrics, [METRIC]);
  const now = Date.now();
  const stats = ["Sum", "p90", "Maximum"];
  const { MetricDataResults } = await watch.send(
    new GetMetricDataCommand({
      StartTime: new Date(now - 300_000),
      EndTime: new Date(now + 300_000),
      MetricDataQueries: stats.map((Stat) => ({
        Id: Stat.toLowerCase(),
        MetricStat: { Metric: METRIC, Period: 600, Stat },
      })),
    }),
  );
  assert.deepEqual(MetricDataResults.map(({ Values }) => Values), [[14], [1], [5]]);
  assert.ok(MetricDataResults[0].Timestamps[0] instanceof Date);
});

test("many metrics come compressed", async () => {
  const Dimensions = [{ Name: "Place", Value: "x".repeat(500) }];
  const many = Array.from({ length: 100 }, (_, n) => ({
    MetricName: `m${n}`,
    Dimensions,
    Value: n,
  }));
  await put("Many", ...many);
  const { Metrics } = await watch.send(new ListMetricsCommand({ Namespace: "Many" }));
  assert.equal(Metrics.length, 100);
});

test("errors have the names of the model", async () => {
  await assert.rejects(put("AWS/Lambda", { MetricName: "Errors", Value: 1 }), {
    name: "InvalidParameterValueException",
  });
});
