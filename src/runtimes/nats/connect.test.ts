import fc from "fast-check";
import { expect, test } from "vitest";
import { OrreryError } from "../../core/errors.ts";
import { reachOf } from "./connect.ts";

/** What a password may be: any text, but for halves of characters, which no URL can have. */
const SECRET = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });

test("a name and a password in an address may be anything, percent-encoded", () => {
  fc.assert(
    fc.property(SECRET, SECRET, (user, password) => {
      const said = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
      const reach = reachOf({ nats: `nats://${said}@10.0.0.5,10.0.0.6:5000` }, {});
      expect(reach).toEqual({ servers: ["10.0.0.5:4222", "10.0.0.6:5000"], user, password });
    }),
  );
});

test("one word before the host is a token", () => {
  fc.assert(
    fc.property(SECRET, (token) => {
      const reach = reachOf({ nats: `nats://${encodeURIComponent(token)}@h` }, {});
      expect(reach).toEqual({ servers: ["h:4222"], token });
    }),
  );
});

test("what the environment says is taken as it is", () => {
  fc.assert(
    fc.property(SECRET, SECRET, (user, password) => {
      const reach = reachOf({}, { NATS_USER: user, NATS_PASSWORD: password });
      expect(reach).toEqual({ servers: ["127.0.0.1:4222"], user, password });
    }),
  );
  expect(reachOf({}, { NATS_TOKEN: "100%" })).toMatchObject({ token: "100%" });
});

test("a percent sign that encodes nothing is itself", () => {
  const reach = reachOf({ nats: "nats://u:100%@h" }, {});
  expect(reach).toEqual({ servers: ["h:4222"], user: "u", password: "100%" });
});

test("several servers, IPv6, spaces, any case, none at all", () => {
  const serversOf = (nats: string) => reachOf({ nats }, {}).servers;
  expect(serversOf("a, b:1 ,nats://c:2")).toEqual(["a:4222", "b:1", "c:2"]);
  expect(serversOf("nats://a, nats://b:2")).toEqual(["a:4222", "b:2"]);
  expect(serversOf("[::1],nats://[fe80::1]:5")).toEqual(["[::1]:4222", "[fe80::1]:5"]);
  expect(serversOf("NATS://a")).toEqual(["a:4222"]);
  expect(reachOf({}, { NATS_URL: "" }).servers).toEqual(["127.0.0.1:4222"]);
  expect(reachOf({ nats: "tls://a,b" }, {})).toEqual({ servers: ["a:4222", "b:4222"], tls: true });
});

test("an option goes before the environment, and who is named in an address before both", () => {
  const env = {
    NATS_URL: "nats://e:e@env",
    NATS_USER: "env",
    NATS_PASSWORD: "env",
    NATS_TOKEN: "env",
    NATS_CREDS: "env.creds",
  };
  const reach = reachOf({ nats: "nats://u:p@h", creds: "own.creds" }, env);
  expect(reach).toEqual({ servers: ["h:4222"], user: "u", password: "p", creds: "own.creds" });
  expect(reachOf({ nats: "nats://t@h" }, { NATS_USER: "env" })).toEqual({
    servers: ["h:4222"],
    token: "t",
  });
});

test("what is no address is refused without the password that may be in it", () => {
  const wrong = [
    "nats://u:secret@",
    "nats://u:secret@h:port",
    "http://u:secret@h",
    "nats://u:secret,secret@h",
    "u:secret@h:99999",
    "a,nats://u:secret@",
  ];
  for (const nats of wrong) {
    for (const [options, env] of [
      [{ nats }, {}],
      [{}, { NATS_URL: nats }],
    ] as const) {
      expect(() => reachOf(options, env)).toThrow(
        expect.objectContaining({
          code: "config/option",
          message: expect.not.stringContaining("secret"),
        }),
      );
    }
  }
  expect(() => reachOf({ nats: "http://h" }, {})).toThrow('--nats "http://h"');
});

test("any text is read, or refused as what it is", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 60 }), fc.string(), (nats, password) => {
      try {
        reachOf({ nats }, { NATS_USER: "u", NATS_PASSWORD: password });
      } catch (cause) {
        expect(cause).toBeInstanceOf(OrreryError);
      }
    }),
    { numRuns: 1_000 },
  );
});
