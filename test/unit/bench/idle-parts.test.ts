import { shares } from "../../../bench/idle-parts";

it("tells each part's share of a processor, the dearest first", () => {
  expect(shares({ dockerd: 1_200, "shims and runc": 3_000, mariadb: 600 })).toBe(
    "shims and runc 0.0500, dockerd 0.0200, mariadb 0.0100",
  );
});
