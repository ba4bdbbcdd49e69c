import { otherFilesFirst } from "./lane";

// Between two tests nothing of the file runs: others that wait for a permit come first.
afterEach(() => otherFilesFirst());
