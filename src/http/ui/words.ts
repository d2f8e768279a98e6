/** Which language and time zone the components of a page speak: set once by the layout, read by every component. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { type Translate, translator } from '../translate.ts';

export type Words = {
  t: Translate;
  /** IANA zone in which hours are written. */
  zone: string;
};

export const WordsContext = createContext<Words | undefined>(undefined);

/** The words of the page a component stands on; English and UTC outside any layout. */
export function useWords(): Words {
  return useContext(WordsContext) ?? { t: translator('en'), zone: 'UTC' };
}
