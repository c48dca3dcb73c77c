// Who is to take part in a consult besides the asking site and its doctor.

/** The API's limits. */
export const mostFurther = { sites: 50, specialties: 8 };

/** Nobody further; the patient's own languages. */
export const nobodyFurther = (patient) => ({
  languages: patient?.languages?.length ? [...patient.languages] : null,
  sites: [], specialties: [], query: "", found: null, open: false,
});

/** The members of a request for them; what is not asked for is left out. */
export const furtherBody = ({ languages: spoken, sites, specialties }) => ({
  ...(spoken?.length ? { languages: spoken } : {}),
  ...(sites.length ? { furtherSites: sites.map(({ site, required }) => ({ site, required })) } : {}),
  ...(specialties.length ? { furtherSpecialties: specialties.map(({ specialty, required }) => ({ specialty, required })) } : {}),
});
