import { docker } from "../../../engine/docker";
import { updateContainer } from "../../../engine/update";

jest.mock("../../../engine/docker");
const mocked = jest.mocked(docker);
beforeEach(() => mocked.mockReset());

const ended = [
  "Cannot update container 1: cannot update a stopped container: unknown",
  "Cannot update container 1: cannot update a deleted process: unknown",
  "Cannot update container 1: runc did not terminate successfully: exit status 1: container not running",
];

it.each(ended)("a container whose program ends meanwhile is changed all the same: %s", async (message) => {
  mocked.mockRejectedValueOnce(new Error(message)).mockResolvedValueOnce("");
  await updateContainer("1", ["--memory", "6m"]);
  expect(mocked.mock.calls).toEqual(Array(2).fill([["update", "--memory", "6m", "1"]]));
});

it("what the engine refuses is told at once, and one that stays so is given up", async () => {
  mocked.mockRejectedValue(new Error("Minimum memory limit allowed is 6MB"));
  await expect(updateContainer("1", ["--memory", "1m"])).rejects.toThrow("Minimum memory limit");
  expect(mocked).toHaveBeenCalledTimes(1);
  mocked.mockReset().mockRejectedValue(new Error(ended[0]));
  await expect(updateContainer("1", [])).rejects.toThrow("cannot update a stopped container");
});
