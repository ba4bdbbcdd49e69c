import { RunError } from "@pulumi/pulumi";
import { SettingsError } from "./errors";

/** Runs the program; settings that can't be used are shown as they are, without the stack trace of a defect. */
export async function reportProblems<T>(program: () => Promise<T>): Promise<T> {
  try {
    return await program();
  } catch (error) {
    throw error instanceof SettingsError ? new RunError(error.message) : error;
  }
}
