import type { C } from './context.ts';

/**
 * The address a request came from, for counting wrong attempts. Proxies that are trusted (TRUST_PROXY) each add the
 * address they saw at the end of X-Forwarded-For; whatever stands before those anybody may have written.
 */
export function clientAddress(c: C): string {
  const incoming = (c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined)?.incoming;
  const direct = incoming?.socket?.remoteAddress ?? '';
  const trusted = c.get('ctx').settings.trustProxy;
  if (trusted === 0) return direct;
  const chain = (c.req.header('x-forwarded-for') ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  return chain.at(-trusted) ?? direct;
}
