/** A file as the answer to a request: nobody else's cache keeps it. */
export function fileAnswer(
  bytes: Uint8Array<ArrayBuffer>,
  file: { name: string; mediaType: string; download?: boolean },
): Response {
  return new Response(bytes, {
    headers: {
      'content-type': file.mediaType,
      'content-disposition': `${file.download ? 'attachment' : 'inline'}; filename="${file.name.replace(/[^\w.-]/g, '-')}"`,
      'content-length': String(bytes.byteLength),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
  });
}
