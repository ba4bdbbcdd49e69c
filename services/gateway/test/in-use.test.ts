import { SessionsInUse } from "../src/session/in-use";
import { createSeal } from "../src/session/seal";
import { type Session, Sessions } from "../src/session/session";

const keys = ["a key that is only for the tests, of 48 characters"];

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** One process of a gateway whose sessions last for some seconds. */
function processOf(seconds: number) {
  const sessions = new Sessions(createSeal(keys), () => seconds);
  return { sessions, inUse: new SessionsInUse(sessions) };
}

const sessionOf = (sessions: Sessions, nonce = "1"): Session => ({
  principal: "ann",
  version: "2025-11-25",
  client: { capabilities: {} },
  upstream: {},
  expires: sessions.expiry(),
  nonce,
});

describe.each([60, 3600, 86_400])("a session that lasts %i s", (seconds) => {
  const later = (factor: number) => jest.advanceTimersByTime(seconds * factor * 1000);

  it("does not run out while it is in use, and lasts its time after that, in all processes", () => {
    const here = processOf(seconds);
    const there = processOf(seconds);
    const session = sessionOf(here.sessions);
    const id = here.sessions.idOf(session);
    const findAt = ({ sessions }: typeof here) => sessions.find(id, "ann", undefined);
    const tell = jest.fn(() => {
      const known = findAt(there);
      if (known) there.sessions.renew(id, known);
    });
    const end = here.inUse.begin(session, tell);
    later(7.5);
    expect([findAt(here), findAt(there)]).toEqual([expect.anything(), expect.anything()]);
    end();
    later(0.99);
    expect([findAt(here), findAt(there)]).toEqual([expect.anything(), expect.anything()]);
    later(0.11);
    expect([findAt(here), findAt(there)]).toEqual([undefined, undefined]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("gives its client an id that is good elsewhere, once it asks again", () => {
    const { sessions, inUse } = processOf(seconds);
    const session = sessionOf(sessions);
    const id = sessions.idOf(session);
    inUse.begin(session, () => undefined);
    later(3);
    const fresh = sessions.renew(id, session)!;
    expect(processOf(seconds).sessions.find(id, "ann", undefined)).toBeUndefined();
    expect(processOf(seconds).sessions.find(fresh, "ann", undefined)).toBeDefined();
  });
});

it("costs no word to the other processes where uses are short", () => {
  const { sessions, inUse } = processOf(3600);
  const tell = jest.fn();
  const session = sessionOf(sessions);
  for (let call = 0; call < 100; call += 1) {
    const end = inUse.begin(session, tell);
    jest.advanceTimersByTime(100);
    end();
  }
  expect(tell).not.toHaveBeenCalled();
});

it("is told once for all of a session's uses", () => {
  const { sessions, inUse } = processOf(3600);
  const tell = jest.fn();
  const [one, two] = [sessionOf(sessions, "1"), sessionOf(sessions, "2")];
  for (const session of [one, one, two]) inUse.begin(session, () => tell(session.nonce));
  jest.advanceTimersByTime(151_000);
  expect(tell.mock.calls.flat()).toEqual(["1", "2"]);
});
