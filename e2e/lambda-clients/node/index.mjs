// A Lambda function for Node as the guide's is, with its search over the tables of examples/get-emojis.
// `told` gives back what a function is told, `broken` throws, `waiting` and `streamed` wait for whoever listens at a port to say a word.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";

const table = (name) => {
  const rows = readFileSync(new URL(`../../../examples/get-emojis/data/${name}`, import.meta.url), "utf8");
  return new Map(rows.trimEnd().split("\n").map((row) => row.split("\t")));
};

const emojis = table("emoji-names.tsv");
const synonyms = table("emoji-synonyms.tsv");

const find = (description) => {
  const word = description.toLowerCase();
  if (emojis.has(word)) return word;
  for (const name of emojis.keys()) {
    if (name.includes(word)) return name;
  }
  return synonyms.get(word);
};

const getEmojis = (descriptions) =>
  Object.fromEntries(
    descriptions.map((description) => {
      const name = find(description);
      return [description, name ? `('${name}', '${emojis.get(name)}')` : "('', '')"];
    }),
  );

export const handler = async (event) => {
  try {
    const descriptions = event.descriptions ?? JSON.parse(event.body ?? "{}").descriptions ?? [];
    return { statusCode: 200, body: JSON.stringify(getEmojis(descriptions)) };
  } catch (error) {
    return { statusCode: 500, body: JSON.stringify({ error: error.message }) };
  }
};

export const told = async (event, context) => ({
  event,
  process: process.pid,
  request: context.awsRequestId,
  name: context.functionName,
  arn: context.invokedFunctionArn,
  milliseconds: context.getRemainingTimeInMillis(),
  custom: context.clientContext?.custom ?? null,
});

export const broken = async () => {
  throw new TypeError("no emojis today");
};

const word = async ({ port }) => {
  const other = connect(port, "127.0.0.1");
  const [bytes] = await once(other, "data");
  other.destroy();
  return bytes.toString();
};

export const waiting = async (event) => ({ word: await word(event), process: process.pid });

export const streamed = awslambda.streamifyResponse(async (event, stream) => {
  const head = { statusCode: 201, headers: { "content-type": "text/plain", "x-emoji": "fire" }, cookies: ["a=1", "b=2"] };
  const body = awslambda.HttpResponseStream.from(stream, head);
  body.write("first ");
  body.end(await word(event));
});
