/** Pages of this server that anybody can open. */
const PATHS = ['/sign-in', '/api', '/api/openapi.json'];

/** Whether a path opens something for a reader without an account and without a personal link. */
export function isPublicPath(path: string): boolean {
  return PATHS.includes(path.replace(/(.)\/+$/, '$1'));
}
