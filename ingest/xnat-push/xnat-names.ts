/** XNAT keeps letters, digits, `_` and `-` of labels that come with DICOM and writes `_` for the rest; labels are folder names. */
export function toLabel(text: string): string {
  return text.trim().replaceAll(/[^A-Za-z0-9_-]/g, '_');
}

/** A session's label is unique in its project, not only below its subject: so it begins with the subject's. */
export function sessionLabel(subjectLabel: string, label: string): string {
  return label.startsWith(subjectLabel) ? toLabel(label) : toLabel(`${subjectLabel}_${label}`);
}

/** Name of a custom variable; XNAT keeps them in lower case, and brackets or slashes would break their XPath. */
export function toVariableName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '_');
}

/** The first free id: the wanted one, else with the modality and a count, as XNAT tells series of one number apart. */
export function freeScanId(wanted: string, modality: string, taken: ReadonlySet<string>): string {
  const base = toLabel(wanted);
  if (!taken.has(base)) return base;
  for (let count = 1; ; count += 1) {
    const id = `${base}-${modality}${count}`;
    if (!taken.has(id)) return id;
  }
}
