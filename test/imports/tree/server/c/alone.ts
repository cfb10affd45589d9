// breaks: no orphans
export const alone = 1;
