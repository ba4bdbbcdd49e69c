import "./tiny/recipe";
import { ensureImage, type ImageRequest } from "../../imaging";

// A process of its own that brings an image into the engine, for tests of what several, or killed ones, leave.
const request = JSON.parse(process.argv[2] ?? "") as ImageRequest;
ensureImage(request, { log: (line) => console.log(line) }).then(
  (id) => console.log(`id ${id}`),
  (error: unknown) => {
    console.log(String(error));
    process.exitCode = 1;
  },
);
