import * as pulumi from "@pulumi/pulumi";
import { Environment } from "../../components/environment";
import { chosenImageSource } from "../../config/image-source";
import { parseSettings } from "../../config/settings";
import { growthTopology } from "./topology";

const config = new pulumi.Config();
const stack = pulumi.getStack();
const settings = parseSettings({ stack, values: { "mcp:system": "devcontainer" }, isSecret: () => false });
const topology = growthTopology(stack, config.requireNumber("services"), config.require("subnet"));
new Environment({ topology, settings, imageSource: chosenImageSource(settings.imageSource) });
