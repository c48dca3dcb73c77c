// What the patient has agreed to, as the record of the session has it.

/** The purposes of a consent, in the order in which they are asked for. */
export const purposes = ["video", "vitals", "recording", "trainee"];

/** The newest word on each purpose, from a snapshot's list. */
export function consentsOf(list = []) {
  const all = new Map();
  for (const one of list) {
    const known = all.get(one.purpose);
    if (!known || !one.at || Date.parse(one.at) >= Date.parse(known.at ?? 0)) all.set(one.purpose, one);
  }
  return all;
}

/** A fresh start form: nothing is said until somebody says it. */
export const startForm = () => ({ identified: false, consents: {}, urgency: null });

/** What of a start form is told with `join`; what was not answered is left out. */
export function stepsOf({ identified, consents, urgency } = startForm()) {
  return {
    ...(identified ? { identified: true } : {}),
    ...(Object.keys(consents).length ? { consents } : {}),
    ...(urgency ? { urgency } : {}),
  };
}

/** How many of the three steps a form answers: who it is, what was agreed to, how urgent it is. */
export const answered = (form) => Object.keys(stepsOf(form)).length;
