/** What begins a preview's warning of what the engine would refuse, where the stack may be on another engine. */
export const elsewhere = "The engine that answers here has nothing of the stack, and would refuse it.";
