/** A short message that survives one redirect: *Notice 2 was released.* */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';

const cookieName = 'ff_flash';
const flashSchema = z.object({ tone: z.enum(['done', 'note', 'attention']), text: z.string().min(1).max(600) });

/** `done`: it worked. `note`: worth knowing. `attention`: somebody must look. Text only; never markup. */
export type Flash = z.infer<typeof flashSchema>;

/** Keeps a message for the next page. Call it before `seeOther`. */
export function setFlash(c: Context, flash: Flash): void {
  const text = flash.text.slice(0, 600);
  setCookie(c, cookieName, Buffer.from(JSON.stringify({ ...flash, text })).toString('base64url'), {
    path: '/',
    httpOnly: true,
    sameSite: 'Lax',
    secure: new URL(c.req.url).protocol === 'https:',
    maxAge: 60,
  });
}

/** The message kept for this page, if any; it is shown once. What is not ours is dropped. */
export function takeFlash(c: Context): Flash[] {
  const cookie = getCookie(c, cookieName);
  if (!cookie) return [];
  deleteCookie(c, cookieName, { path: '/' });
  try {
    const parsed = flashSchema.safeParse(JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')));
    return parsed.success ? [parsed.data] : [];
  } catch {
    return [];
  }
}
