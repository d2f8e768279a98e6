/** Why the program cannot start, in one line meant for the operator: what is wrong, where, and how to mend it. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
