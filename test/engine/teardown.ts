import { dropKeptImages } from "./support/kept-images";

/** After the tests on the engine: the images that they held go. */
export default dropKeptImages;
