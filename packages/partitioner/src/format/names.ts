/** Formats by the names that the option `format` has for them. */
export const FORMATS = ['text', 'json-lines', 'json', 'csv', 'tsv', 'arrow', 'parquet', 'bytes'] as const;
export type FormatName = (typeof FORMATS)[number];
