# SPDX-License-Identifier: GPL-2.0-only
#
# Bars: reads what draw's rows() prints, writes one SVG. Given unit, better ("less" or
# "more"), title and setups, in the order of the bars.

BEGIN {
	WIDTH = 880; LEFT = 56; RIGHT = 8; HEAD = 74; PLOT = 150; BELOW = 58; FOOT = 40
	INK = "#767c86"
	colour["plain+50"] = "#7b828c"
	colour["recipe"] = "#c9741c"
	colour["recipe-threaded"] = "#a58616"
	colour["recipe+fw"] = "#a5451c"
	colour["ovs"] = "#b0578d"
	colour["vtepd"] = "#2f7de0"
	colour["recipe-vtepd"] = "#7f9c3a"
	colour["vtepd-recipe"] = "#3a9c97"
	colour["vtepd-off"] = "#7a6fd0"
	colour["vtepd+fw"] = "#16977f"
	means["plain+50"] = "no VXLAN"
	means["recipe"] = "kernel vxlan and bridge"
	means["recipe-threaded"] = "wg0's NAPI in a thread"
	means["recipe+fw"] = "with firewall"
	means["ovs"] = "Open vSwitch"
	means["recipe-vtepd"] = "vtepd on h2 alone"
	means["vtepd-recipe"] = "vtepd on h1 alone"
	means["vtepd-off"] = "--accel off"
	means["vtepd+fw"] = "with firewall"
}

function escape(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	gsub(/>/, "\\&gt;", text)
	return text
}

function say(x, y, attributes, content) {
	printf "<text x=\"%.1f\" y=\"%.1f\" %s>%s</text>\n", x, y, attributes, escape(content)
}

function add(list, count, seen, name) {	# the new count
	if (name in seen)
		return count
	seen[name] = 1
	list[count + 1] = name
	return count + 1
}

function short(value) {
	if (value >= 100000)
		return sprintf("%.0fk", value / 1000)
	if (value >= 1000)
		return value % 1000 ? sprintf("%.1fk", value / 1000) : value / 1000 "k"
	return sprintf("%.0f", value)
}

function step_of(most,    step) {	# of the scale: four to eight lines
	step = 10 ^ int(log(most) / log(10) - 0.3)
	while (most / step > 8)
		step *= most / step > 20 ? 5 : 2
	return step
}

{
	date = $1
	command[$2] = 1
	panels = add(panel, panels, panel_seen, $3)
	groups = add(group, groups, group_seen, $4)
	used[$5] = 1
	value[$3, $4, $5] = $6
	if ($6 != "failed" && $6 + 0 > most)
		most = $6 + 0
}

function legend_text(i) { return bar[i] (bar[i] in means ? ": " means[bar[i]] : "") }

function legend_lines(    i, x, lines) {	# how many it takes
	x = LEFT
	lines = 1
	for (i = 1; i <= bars; i++) {
		room = 26 + 5.9 * length(legend_text(i))
		if (x + room > WIDTH && x > LEFT) {
			x = LEFT
			lines++
		}
		at_x[i] = x
		at_y[i] = 48 + 16 * (lines - 1)
		x += room
	}
	return lines
}

function legend(    i) {
	for (i = 1; i <= bars; i++) {
		printf "<rect x=\"%.1f\" y=\"%d\" width=\"10\" height=\"10\" rx=\"1.5\" fill=\"%s\"/>\n", \
			at_x[i], at_y[i], colour[bar[i]]
		say(at_x[i] + 14, at_y[i] + 9, "class=\"l\"", legend_text(i))
	}
}

function scale(top, step,    v, y) {
	for (v = 0; v <= most * 1.0001; v += step) {
		y = top + PLOT - v * PLOT / most
		printf "<path d=\"M%d %.1fH%d\" class=\"%s\"/>\n", LEFT, y, WIDTH - RIGHT, v ? "g" : "a"
		say(LEFT - 6, y + 3.5, "class=\"s e\"", short(v))
	}
}

function one_bar(x, width, bottom, setup, got,    height, middle) {
	middle = x + width / 2 + 3
	if (got == "failed") {
		say(middle, bottom - 4, sprintf("class=\"s\" transform=\"rotate(-90 %.1f %.1f)\"", \
			middle, bottom - 4), "failed")
		return
	}
	height = got * PLOT / most
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"1.5\" fill=\"%s\">" \
		"<title>%s: %s</title></rect>\n", x, bottom - height, width - 2, height, colour[setup], \
		setup, got
	if (height > 36)
		say(middle, bottom - height + 4, sprintf("class=\"v\" transform=\"rotate(-90 %.1f %.1f)\"", \
			middle, bottom - height + 4), short(got))
	else
		say(middle, bottom - height - 4, sprintf("class=\"s\" transform=\"rotate(-90 %.1f %.1f)\"", \
			middle, bottom - height - 4), short(got))
}

function one_panel(name, top,    i, j, x, n, each, room, floor, bottom, under) {
	bottom = top + PLOT
	room = (WIDTH - LEFT - RIGHT) / groups
	each = (room - 14) / bars
	if (each > 30)
		each = 30
	say(LEFT, top - 8, "class=\"k\"", "Linux " name)
	scale(top, step_of(most))
	for (i = 1; i <= groups; i++) {
		x = LEFT + (i - 1) * room + (room - bars * each) / 2
		split(group[i], under, ", ")
		say(LEFT + (i - 0.5) * room, bottom + 15, "class=\"l m\"", under[1])
		say(LEFT + (i - 0.5) * room, bottom + 28, "class=\"l m\"", under[2])
		if ((name, group[i], "plain+50") in value) {
			floor = value[name, group[i], "plain+50"] + 0
			printf "<path d=\"M%.1f %.1fh%.1f\" class=\"f\"/>\n", x - 3, \
				bottom - floor * PLOT / most, bars * each + 4
		}
		for (j = n = 0; j < bars; j++)
			if ((name, group[i], bar[j + 1]) in value) {
				n++
				one_bar(x + j * each, each, bottom, bar[j + 1], value[name, group[i], bar[j + 1]])
			}
		if (!n)
			say(LEFT + (i - 0.5) * room, bottom - 6, "class=\"s m\"", "not measured")
	}
}

# What made it, in lines that fit.
function foot_make(    text, i, n, word, line) {
	text = ""
	for (i in command)
		text = text (text ? "; " : "") i
	n = split(date "  $ " text, word, " ")
	line = word[1] " "
	for (i = 2; i <= n; i++) {
		if (length(line word[i]) > 130) {
			foot[++feet] = line
			line = "   "
		}
		line = line " " word[i]
	}
	foot[++feet] = line
}

END {
	n = split(setups, order, " ")
	for (i = 1; i <= n; i++)
		if (order[i] in used)
			bar[++bars] = order[i]
	HEAD += 16 * (legend_lines() - 1)
	most = most ? most * 1.02 : 1
	foot_make()
	height = HEAD + panels * (PLOT + BELOW) + FOOT - 12 + 13 * (feet - 1)
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" " \
		"font-family=\"system-ui, 'DejaVu Sans', sans-serif\" fill=\"%s\">\n", WIDTH, height, WIDTH, height, INK
	print "<style>.t{font-size:16px;font-weight:600}.k{font-size:12px;font-weight:600}" \
		".l{font-size:11px}.s{font-size:10px}.v{font-size:10px;fill:#fff;text-anchor:end}" \
		".m{text-anchor:middle}.e{text-anchor:end}.c{font-size:10px;font-family:ui-monospace,'DejaVu Sans Mono',monospace}" \
		".g{stroke:#808791;stroke-opacity:.25}.a{stroke:#808791}" \
		".f{stroke:#808791;stroke-dasharray:3 2;fill:none}</style>"
	printf "<title>%s</title>\n", escape(title)
	say(LEFT, 20, "class=\"t\"", title)
	say(LEFT, 37, "class=\"l\"", unit "; " better " is better" \
		("plain+50" in used ? "; the dashed line is WireGuard alone" : ""))
	legend()
	for (i = 1; i <= panels; i++)
		one_panel(panel[i], HEAD + 24 + (i - 1) * (PLOT + BELOW))
	for (i = 1; i <= feet; i++)
		say(LEFT, height - 8 - 13 * (feet - i), "class=\"c\"", foot[i])
	print "</svg>"
}
