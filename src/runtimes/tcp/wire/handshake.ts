// Who is there: four frames, in which each side proves that it knows the secret of the cluster,
// if it has one, without saying it. What follows on the connection is not encrypted.
//
//   dialer → hello { version, cluster, model, from, to, boot, nonce }
//   acceptor → challenge { boot, nonce, proof }
//   dialer → proof { proof }
//   acceptor → welcome
//
// Either side may answer `refuse { reason }` instead, and hangs up.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { FRAME, frame } from "../../real/wire/frames.ts";

/** Rises when an older program could not understand the wire. */
export const WIRE_VERSION = 1;

const name = z.string().min(1).max(64);
const nonce = z.string().length(32);
const proof = z.string().length(64);
const boot = z.int().min(1);

/** Any version can be read so far: to be told that it is another. */
const helloSchema = z.object({
  version: z.int(),
  cluster: z.string().max(256),
  /** What all must have configured alike. */
  model: z.string().max(256).default(""),
  from: name,
  to: name,
  boot,
  nonce,
});
const challengeSchema = z.object({ boot, nonce, proof });
const proofSchema = z.object({ proof });
const refusalSchema = z.object({ reason: z.string().max(256) });

export type Hello = z.infer<typeof helloSchema>;
export type Challenge = z.infer<typeof challengeSchema>;

const reader =
  <T>(schema: z.ZodType<T>) =>
  (payload: Buffer): T | undefined => {
    try {
      return schema.safeParse(JSON.parse(payload.toString("utf8", 1))).data;
    } catch {
      return undefined;
    }
  };

/** What a payload says, or undefined if it is not what it should be. */
export const readHello = reader(helloSchema);
export const readChallenge = reader(challengeSchema);
export const readProof = reader(proofSchema);
export const readRefusal = reader(refusalSchema);

const greeting = (type: number, value: object): Buffer => {
  const text = Buffer.from(JSON.stringify(value));
  return frame(type, text.length, (payload) => text.copy(payload));
};

export const helloFrame = (hello: Hello): Buffer => greeting(FRAME.hello, hello);
export const challengeFrame = (challenge: Challenge): Buffer =>
  greeting(FRAME.challenge, challenge);
export const proofFrame = (text: string): Buffer => greeting(FRAME.proof, { proof: text });
export const welcomeFrame = (): Buffer => greeting(FRAME.welcome, {});
export const byeFrame = (): Buffer => greeting(FRAME.bye, {});
export const refuseFrame = (reason: string): Buffer => greeting(FRAME.refuse, { reason });

export const newNonce = (): string => randomBytes(16).toString("hex");

/** What only one who knows the secret can say of this greeting, in that role. */
export function proofOf(
  secret: string,
  role: "dialer" | "acceptor",
  hello: Hello,
  answer: { readonly boot: number; readonly nonce: string },
): string {
  const said = [
    role,
    hello.version,
    hello.cluster,
    hello.model,
    hello.from,
    hello.to,
    hello.boot,
    hello.nonce,
  ];
  const text = JSON.stringify([...said, answer.boot, answer.nonce]);
  return createHmac("sha256", secret).update(text).digest("hex");
}

/** Are two proofs the same? Takes as long whatever differs. */
export const sameProof = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
