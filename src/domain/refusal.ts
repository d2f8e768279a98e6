/** What a rule or a use case answers instead of doing what was asked. A value, never thrown. */
export type Refusal = {
  readonly refusal: true;
  /** Names the reason; its words are `refusal.<code>` in locales/<lang>.json. */
  readonly code: string;
  /** What the words need: the value refused, what was expected. */
  readonly params: Readonly<Record<string, string | number>>;
  /** The field or place it is about, when there is one. */
  readonly at?: string;
};

/** Makes a refusal: why (`code`), with what (`params`), where (`at`: a field's name). */
export function refuse(code: string, params: Record<string, string | number> = {}, at?: string): Refusal {
  return at === undefined ? { refusal: true, code, params } : { refusal: true, code, params, at };
}

/** True when a use case refused instead of answering. */
export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && (value as { refusal?: unknown }).refusal === true;
}
