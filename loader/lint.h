/* SPDX-License-Identifier: GPL-2.0-only */
/* What is wrong with a configuration that every line of it is right for itself. */
#ifndef LINT_H
#define LINT_H

struct findings;
struct model;

/*
 * Errors are contradictions, which nothing can be made of; warnings are what surely surprises;
 * notes are what may be meant. Looks at nothing but the model.
 */
void lint(const struct model *m, struct findings *f);
#endif
