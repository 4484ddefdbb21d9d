import type { AccessClass, DatasetStatus, VariableType } from './terms.ts';

/** Tests on a text; all that are given must hold. */
export interface TextTest {
  readonly eq?: string;
  readonly in?: readonly string[];
  /** Whatever the case of the letters. */
  readonly contains?: string;
}

/** Tests on a number; all that are given must hold. */
export interface NumberTest {
  readonly eq?: number;
  readonly gte?: number;
  readonly lte?: number;
}

/** Tests on a day (ISO 8601); all that are given must hold. */
export interface DateTest {
  readonly eq?: string;
  readonly gte?: string;
  readonly lte?: string;
}

/** Tests on terms of a vocabulary, each by any of its names. */
export interface TermTest {
  readonly anyOf?: readonly string[];
  readonly allOf?: readonly string[];
  readonly includeNarrower?: boolean;
}

/** Tests on a value of a closed list. */
export interface ChoiceTest<T extends string> {
  readonly eq?: T;
  readonly in?: readonly T[];
}

/** A test on the value of one variable: there is one, and it passes all that is given. */
export interface ValueTest extends TextTest {
  /** Name of the variable. */
  readonly variable: string;
  readonly gte?: number;
  readonly lte?: number;
}

/** A filter of fields, joined by and / or / not. */
export type Where<Fields> = Fields & {
  readonly and?: readonly Where<Fields>[];
  readonly or?: readonly Where<Fields>[];
  readonly not?: Where<Fields>;
};

/** Which datasets. */
export type DatasetWhere = Where<{
  readonly slug?: TextTest;
  readonly title?: TextTest;
  readonly description?: TextTest;
  readonly status?: ChoiceTest<DatasetStatus>;
  readonly accessClass?: ChoiceTest<AccessClass>;
  readonly license?: TextTest;
  readonly condition?: TermTest;
  readonly bodyPart?: TermTest;
  readonly modality?: TermTest;
  readonly keyword?: TextTest;
  readonly subjectCount?: NumberTest;
  readonly year?: NumberTest;
  readonly hasVariable?: TextTest;
  readonly source?: TextTest;
  readonly identifier?: TextTest;
  readonly publisher?: TextTest;
  readonly species?: TextTest;
  readonly simulated?: boolean;
}>;

/** Which subjects. */
export type SubjectWhere = Where<{
  readonly label?: TextTest;
  readonly sex?: TextTest;
  readonly ageYears?: NumberTest;
  readonly diagnosis?: TextTest;
  readonly group?: TextTest;
  readonly site?: TextTest;
  readonly modality?: TermTest;
  readonly hasValue?: readonly ValueTest[];
}>;

/** Which variables. */
export type VariableWhere = Where<{
  readonly name?: TextTest;
  readonly label?: TextTest;
  readonly text?: TextTest;
  readonly unit?: TextTest;
  readonly type?: ChoiceTest<VariableType>;
  readonly concept?: TermTest;
}>;

/** Which imaging sessions. */
export type SessionWhere = Where<{
  readonly label?: TextTest;
  readonly studyInstanceUid?: TextTest;
  readonly description?: TextTest;
  readonly subject?: TextTest;
  readonly date?: DateTest;
  readonly modality?: TermTest;
}>;

/** Which scans. */
export type ScanWhere = Where<{
  readonly label?: TextTest;
  readonly seriesInstanceUid?: TextTest;
  readonly seriesDescription?: TextTest;
  readonly modality?: TermTest;
  readonly bodyPart?: TextTest;
  readonly manufacturer?: TextTest;
  readonly license?: TextTest;
  readonly instanceCount?: NumberTest;
  readonly byteSize?: NumberTest;
  readonly subject?: TextTest;
  readonly derived?: boolean;
}>;
