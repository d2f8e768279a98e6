/** Pages without navigation: signing in, and pages that only say something. */
import type { ComponentChildren, VNode } from 'preact';
import { translator } from '../translate.ts';
import { ErrorSummary } from './error-summary.tsx';
import type { Flash } from './flash.ts';
import { Flashes } from './flashes.tsx';
import type { FormErrors } from './form.ts';
import { Mark } from './icons.tsx';
import { Document } from './page.tsx';
import { WordsContext } from './words.ts';

export type PlainPageProps = {
  title: string;
  /** Language of the words; English by default. */
  language?: string;
  errors?: FormErrors;
  flashes?: readonly Flash[];
  scripts?: readonly string[];
  version?: string;
  children: ComponentChildren;
};

/** A page without navigation, for signing in and for messages such as *not found*. */
export function PlainPage(props: PlainPageProps): VNode {
  const t = translator(props.language ?? 'en');
  const errors = props.errors ?? [];
  return (
    <WordsContext.Provider value={{ t, zone: 'UTC' }}>
      <Document
        title={props.title}
        look="plain"
        language={t.language}
        direction={t.direction}
        errorPrefix={errors.length > 0 ? t('ui.error-prefix') : ''}
        scripts={props.scripts ?? []}
      >
        <a class="ff-skip" href="#content">
          {t('ui.skip')}
        </a>
        <header class="ff-plain-head">
          <span class="ff-brand">
            <Mark />
            Fieldfix
          </span>
        </header>
        <main id="content" class="ff-plain-main" tabIndex={-1}>
          <Flashes flashes={props.flashes ?? []} />
          <ErrorSummary errors={errors} />
          <h1>{props.title}</h1>
          {props.children}
        </main>
      </Document>
    </WordsContext.Provider>
  );
}

export type MessagePageProps = {
  title: string;
  text: ComponentChildren;
  href?: string;
  label?: string;
  language?: string;
};

/** A page that only says something: what happened, and where to go from here. */
export function MessagePage({ title, text, href, label, language }: MessagePageProps): VNode {
  return (
    <PlainPage title={title} {...(language ? { language } : {})}>
      <p>{text}</p>
      {href ? (
        <p>
          <a class="btn ff-btn-primary" href={href}>
            {label ?? 'Go on'}
          </a>
        </p>
      ) : null}
    </PlainPage>
  );
}
