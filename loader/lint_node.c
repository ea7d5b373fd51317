// SPDX-License-Identifier: GPL-2.0-only
/* The node itself: what it lacks, and what it and others both claim. */
#include "addr.h"
#include "finding.h"
#include "lint_node.h"
#include "model.h"
#include "value.h"

void lint_node(const struct model *m, struct findings *f)
{
	const struct model_wg *wg = &m->wg;
	const char *file = wg->where.file ? wg->where.file : m->config;

	if (!m->n_vnis) {
		finding_add(f, FINDING_NOTE, file, 0, "no [VNI]: vtepd starts by it only with --vni");
		return;
	}
	if (wg->given && !wg->n_addresses && addr_is_zero(&m->local))
		finding_add(f, FINDING_WARNING, file, wg->where.line,
			    "[Interface] no Address and no LocalVTEP: unless others give the device an address, this node has no VTEP\n"
			    "LocalVTEP = ADDRESS        (which they will give it)");
	if (wg->has_listen_port && wg->listen_port == m->udp_port)
		finding_add(f, FINDING_ERROR, file, wg->where.line,
			    "[Interface] ListenPort: udp/%u is VXLAN's\n"
			    "ListenPort = 51820        (or another VXLANPort, on every node)", wg->listen_port);
}

/* The key under which this node has that address, NULL: it has not. */
static const char *own(const struct model *m, const struct vtep_addr *addr)
{
	size_t i;

	if (!addr_is_zero(&m->local) && addr_equal(addr, &m->local))
		return "LocalVTEP";
	for (i = 0; i < m->wg.n_addresses; i++)
		if (addr_equal(addr, &m->wg.addresses[i].addr))
			return "Address";
	return NULL;
}

void lint_own_address(const struct model *m, const struct model_peer *p, struct findings *f)
{
	char text[ADDR_STRLEN];
	const char *key;
	size_t i;

	for (i = 0; i < p->n_vteps; i++) {
		key = own(m, &p->vteps[i]);
		if (key)
			finding_add(f, FINDING_ERROR, p->where.file, p->where.line,
				    "[Peer] VTEP: %s is this node's own (%s)\n"
				    "VTEP = the other node's address", addr_format(&p->vteps[i], text), key);
	}
	for (i = 0; !p->n_vteps && i < p->n_allowed; i++) {
		key = prefix_is_host(&p->allowed[i]) ? own(m, &p->allowed[i].addr) : NULL;
		if (key)
			finding_add(f, FINDING_WARNING, p->where_allowed.file, p->where_allowed.line,
				    "[Peer] AllowedIPs: %s is this node's own (%s)\n"
				    "AllowedIPs = the other node's address",
				    addr_format(&p->allowed[i].addr, text), key);
	}
}
