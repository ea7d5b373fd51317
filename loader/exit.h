/* SPDX-License-Identifier: GPL-2.0-only */
/* Exit codes of vtepd and vtepctl, design section 8. */
#ifndef EXIT_H
#define EXIT_H

enum { EXIT_DONE, EXIT_USAGE, EXIT_REFUSED, EXIT_NOT_FOUND, EXIT_NO_INSTANCE };
#endif
