/** From a tree of components to the bytes of a page. */
import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ComponentChildren, JSX, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { assetHref } from '../assets.ts';

/** @returns the whole page as text, with its doctype */
export function renderPage(node: JSX.Element): string {
  return `<!doctype html>${renderToString(node)}`;
}

/**
 * Answers with a page.
 * @param status 200, or 422 for a form that shows itself again, 403, 404, …
 */
export function html(c: Context, node: JSX.Element, status: ContentfulStatusCode = 200): Response {
  return c.html(renderPage(node), status);
}

export type DocumentProps = {
  /** What the browser tab says, before the product name. */
  title: string;
  /** BCP 47 code of the page's words. */
  language?: string;
  direction?: 'ltr' | 'rtl';
  /** Marks the body, so that desk and portal can look different. */
  look: 'desk' | 'portal' | 'plain';
  /** The form on this page has errors: said first, so that a screen reader hears it in the title. */
  errorPrefix?: string;
  /** Asks the browser to load the page again; only for pages without a form. */
  refreshSeconds?: number;
  /** Names of further style sheets in assets/. */
  styles?: readonly string[];
  /** Names of further scripts in assets/ this page is better with. */
  scripts?: readonly string[];
  children: ComponentChildren;
};

/** The html element with its head: style sheets in the reading direction, no inline style or script. */
export function Document(props: DocumentProps): VNode {
  const {
    title,
    language = 'en',
    direction = 'ltr',
    look,
    errorPrefix,
    refreshSeconds,
    styles = [],
    scripts = [],
  } = props;
  return (
    <html lang={language} dir={direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="format-detection" content="telephone=no" />
        {refreshSeconds ? <meta http-equiv="refresh" content={String(refreshSeconds)} /> : null}
        <title>{`${errorPrefix ? `${errorPrefix} ` : ''}${title} – Fieldfix`}</title>
        <link rel="stylesheet" href={assetHref(direction === 'rtl' ? 'tabler.rtl.css' : 'tabler.css')} />
        <link rel="stylesheet" href={assetHref('fieldfix.css')} />
        {[...(look === 'portal' ? ['portal.css', 'notice.css'] : []), ...styles].map((name) => (
          <link key={name} rel="stylesheet" href={assetHref(name)} />
        ))}
        <link rel="icon" type="image/svg+xml" href={assetHref('mark.svg')} />
        <script src={assetHref('fieldfix.js')} defer />
        {scripts.map((name) => (
          <script key={name} src={assetHref(name)} defer />
        ))}
      </head>
      <body class={`ff-${look}`}>{props.children}</body>
    </html>
  );
}
