/** The choice of the language on top of the portal's pages: links, so that it works without JavaScript and stores nothing. */
import type { VNode } from 'preact';
import { languageName, namedLanguages, type Translate } from '../translate.ts';
import { Icon } from './icons.tsx';

/** Up to so many languages stand side by side; more are folded away behind the one being read. */
const MOST_SIDE_BY_SIDE = 5;

/**
 * Links to this page in other languages, each by its own name. Nothing where there is no choice.
 * @param props.url path and query of the page
 * @param props.languages BCP 47 codes to choose from
 */
export function LanguageSwitch(props: { t: Translate; url: string; languages: readonly string[] }): VNode | null {
  const { t, url } = props;
  if (props.languages.length < 2) return null;
  const links = (
    <ul>
      {namedLanguages(props.languages).map(({ code, name }) => (
        <li key={code}>
          <a
            href={inLanguage(url, code)}
            lang={code}
            hreflang={code}
            aria-current={code === t.language ? 'true' : undefined}
          >
            <bdi>{name}</bdi>
          </a>
        </li>
      ))}
    </ul>
  );
  if (props.languages.length <= MOST_SIDE_BY_SIDE) {
    return (
      <nav class="ff-languages" aria-label={t('ui.language')}>
        {links}
      </nav>
    );
  }
  return (
    <nav class="ff-languages ff-languages-many" aria-label={t('ui.language')}>
      <details>
        <summary>
          <Icon name="language" />
          {/* Whoever cannot read this page still finds the word for it: the English one stands beside their own. */}
          <span>{t('ui.language')}</span>
          {t.language === 'en' ? null : <span lang="en">Language</span>}
          <strong>{languageName(t.language)}</strong>
        </summary>
        {links}
      </details>
    </nav>
  );
}

/** The same page with `?lang=`. Only path and query are kept, so that a link never leaves this server. */
function inLanguage(url: string, code: string): string {
  const target = new URL(url, 'http://fieldfix.invalid');
  target.searchParams.set('lang', code);
  return `${target.pathname}${target.search}`;
}
