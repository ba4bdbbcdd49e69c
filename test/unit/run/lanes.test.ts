import { lanesOf } from "../../../test/run/lanes";

it.each([
  // cores, GiB, permits, workers
  [1, 2, 1, 1],
  [1, 8, 2, 2],
  [2, 2, 1, 1],
  [2, 4, 1, 1],
  [2, 7, 2, 2],
  [2, 16, 3, 5],
  [4, 8, 2, 2],
  [4, 16, 5, 5],
  [4, 32, 6, 9],
  [8, 16, 5, 5],
  [8, 64, 8, 12],
  [16, 32, 8, 12],
  [64, 64, 8, 12],
  [64, 2, 1, 1],
])(
  "a machine with %i processors and %i GiB has %i files work at a time, of %i",
  (cores, memoryGiB, ...lanes) => {
    const { permits, workers } = lanesOf({ cores, memoryGiB });
    expect([permits, workers]).toEqual(lanes);
  },
);
