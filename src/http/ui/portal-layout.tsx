/** The portal's page: what a hospital, a laboratory or a distributor sees. One column, one thing at a time. */
import type { ComponentChildren, VNode } from 'preact';
import { availableLanguages, type Translate } from '../translate.ts';
import { ErrorSummary } from './error-summary.tsx';
import type { Flash } from './flash.ts';
import { Flashes } from './flashes.tsx';
import type { FormErrors } from './form.ts';
import { Icon } from './icons.tsx';
import { LanguageSwitch } from './language-switch.tsx';
import { Document } from './page.tsx';
import { WordsContext } from './words.ts';

export type PortalShell = {
  t: Translate;
  /** Name of the manufacturer whose notice this is. */
  manufacturer: string;
  /** Reference of the notice, e.g. `FSN2022-1230`. Undefined before the reader is known. */
  reference?: string | undefined;
  /** Path and query of this page, to build the language links. */
  url: string;
  flashes?: readonly Flash[];
  helpline?: { phone?: string | undefined; email?: string | undefined; hours?: string | undefined } | undefined;
  /** Where *somebody got into the system* leads; undefined hides the link. */
  incidentHref?: string | undefined;
  zone?: string;
  /** Languages to choose from; by default every language there are words in. */
  languages?: readonly string[];
};

export type PortalPageProps = {
  shell: PortalShell;
  title: string;
  lede?: ComponentChildren;
  /** The step before this one. */
  back?: { href: string; label?: string };
  /** Position in a row of pages, e.g. 2 of 5. */
  step?: { number: number; of: number };
  errors?: FormErrors;
  children: ComponentChildren;
};

/** A page of the portal with the language switch at the top and the helpline at the bottom. */
export function PortalPage(props: PortalPageProps): VNode {
  const { shell, title, errors = [] } = props;
  const { t } = shell;
  return (
    <WordsContext.Provider value={{ t, zone: shell.zone ?? 'UTC' }}>
      <Document
        title={title}
        look="portal"
        language={t.language}
        direction={t.direction}
        errorPrefix={errors.length > 0 ? t('ui.error-prefix') : ''}
      >
        <a class="ff-skip" href="#content">
          {t('ui.skip')}
        </a>
        <header class="ff-portal-head">
          <div class="ff-portal-head-row">
            <p class="ff-portal-from">
              <strong>
                <bdi>{shell.manufacturer}</bdi>
              </strong>
              {shell.reference ? (
                <span class="ff-portal-reference">
                  {t('ui.notice')} <bdi dir="ltr">{shell.reference}</bdi>
                </span>
              ) : null}
            </p>
            <LanguageSwitch t={t} url={shell.url} languages={shell.languages ?? availableLanguages()} />
          </div>
        </header>
        <main id="content" class="ff-portal-main" tabIndex={-1}>
          {props.back ? (
            <p class="ff-back">
              <a href={props.back.href}>
                <Icon name={t.direction === 'rtl' ? 'chevron-right' : 'chevron-left'} />
                {props.back.label ?? t('ui.back')}
              </a>
            </p>
          ) : null}
          <Flashes flashes={shell.flashes ?? []} />
          <ErrorSummary errors={errors} />
          {props.step ? <p class="ff-step-of">{t('ui.step', props.step)}</p> : null}
          <h1>{title}</h1>
          {props.lede ? <p class="ff-lede">{props.lede}</p> : null}
          {props.children}
        </main>
        <PortalFooter shell={shell} />
      </Document>
    </WordsContext.Provider>
  );
}

function PortalFooter({ shell }: { shell: PortalShell }): VNode {
  const { t, helpline, incidentHref } = shell;
  return (
    <footer class="ff-portal-foot">
      <div class="ff-portal-foot-row">
        {incidentHref ? (
          <p class="ff-incident-link">
            <Icon name="shield-exclamation" />
            <a href={incidentHref}>{t('ui.incident-link')}</a>
          </p>
        ) : null}
        {helpline ? (
          <p>
            <strong>{t('ui.helpline')}</strong>
            {helpline.phone ? (
              <a class="ff-phone" dir="ltr" href={`tel:${helpline.phone.replace(/[^+\d]/g, '')}`}>
                {helpline.phone}
              </a>
            ) : null}
            {helpline.email ? (
              <a dir="ltr" href={`mailto:${helpline.email}`}>
                {helpline.email}
              </a>
            ) : null}
            {helpline.hours ? <span>{helpline.hours}</span> : null}
          </p>
        ) : null}
        <p class="ff-foot-small">{t('ui.portal-note', { manufacturer: shell.manufacturer })}</p>
      </div>
    </footer>
  );
}
