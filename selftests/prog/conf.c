/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration's grammar: every key with values that are taken (as what `vtepctl conf show`
 * prints, which must read the same again) and values that are refused (with line, text and hint);
 * names of peers in comments.
 */
#include "conf_text.h"
#include "tap.h"

#define PEER	"[Peer]\nPublicKey = " KEY_1 "\n"
#define SHOWN	"[Peer]\nPublicKey = " KEY_1 "\n"

static const struct { const char *text, *shown; } good[] = {
	{ "", "" },
	{ "\n  \t\r\n# a comment\n#\n", "" },
	{ "[Interface]\n", "" },
	{ "[interface]\r\nlistenport=51820\r\n", "[Interface]\nListenPort = 51820\n" },
	{ "\xef\xbb\xbf[INTERFACE]\n\tLISTENPORT\t=\t1\t# one", "[Interface]\nListenPort = 1\n" },
	{ "[ Interface ]\nListenPort = 0\n", "" },
	{ "[Interface]\nPrivateKey = " KEY_1 "\n", "[Interface]\nPrivateKey = (hidden)\n" },
	{ "[Interface]\nPrivateKeyFile = /etc/vtepd/wg0.key\n", "[Interface]\nPrivateKeyFile = /etc/vtepd/wg0.key\n" },
	{ "[Interface]\nFwMark = off\n", "" },
	{ "[Interface]\nFwMark = 0\n", "" },
	{ "[Interface]\nFwMark = 4131\n", "[Interface]\nFwMark = 0x1023\n" },
	{ "[Interface]\nFwMark = 0x1023\n", "[Interface]\nFwMark = 0x1023\n" },
	{ "[Interface]\nFwMark = 0Xffffffff\n", "[Interface]\nFwMark = 0xffffffff\n" },
	{ "[Interface]\nAddress = 172.16.0.1/16,fd00::1/64 10.0.0.1\nAddress = fd00::2\n",
	  "[Interface]\nAddress = 172.16.0.1/16, fd00::1/64, 10.0.0.1/32, fd00::2/128\n" },
	{ "[Interface]\nAddress =\nDNS =\nMTU =\nTable =\nPostUp =\n", "" },
	{ "[Interface]\nDNS = 1.1.1.1, corp.example\nDNS = fd00::53\n", "[Interface]\nDNS = 1.1.1.1, corp.example, fd00::53\n" },
	{ "[Interface]\nMTU = 1420\n", "[Interface]\nMTU = 1420\n" },
	{ "[Interface]\nTable = auto\n", "" },
	{ "[Interface]\nTable = OFF\n", "[Interface]\nTable = off\n" },
	{ "[Interface]\nTable = 1023\n", "[Interface]\nTable = 1023\n" },
	{ "[Interface]\nTable = 0x3ff\n", "[Interface]\nTable = 1023\n" },
	{ "[Interface]\nPostUp = ip rule add from %i; echo %i%i a=b # c\nPreUp = true\nPostUp = second\nPreDown=x\nPostDown=y\n",
	  "[Interface]\nPreUp = true\nPostUp = ip rule add from wg0; echo wg0wg0 a=b\nPostUp = second\nPreDown = x\nPostDown = y\n" },
	{ "[Interface]\nSaveConfig = true\n", "[Interface]\nSaveConfig = true\n" },
	{ "[Interface]\nSaveConfig = false\n", "" },
	{ "[Interface]\nUnderlayVRF = vrf_external\n", "[Interface]\nUnderlayVRF = vrf_external\n" },
	{ "[Interface]\nLocalVTEP = 192.168.178.1\n", "[Interface]\nLocalVTEP = 192.168.178.1\n" },
	{ "[Interface]\nVXLANPort = 8472\n", "[Interface]\nVXLANPort = 8472\n" },
	{ "[Interface]\nVXLANPort = 4789\nAgeing = 300\nAccel = auto\n", "" },
	{ "[Interface]\nHoldDown = 7, 60\n", "[Interface]\nHoldDown = 7 60 180\n" },
	{ "[Interface]\nHoldDown = OFF\n", "[Interface]\nHoldDown = off\n" },
	{ "[Interface]\nHoldDown = 5 180 180\n", "" },
	{ "[Interface]\nPeerTimeout = 180\n", "[Interface]\nPeerTimeout = 180\n" },
	{ "[Interface]\nPeerTimeout = Off\nAccel=tcx\n", "[Interface]\nPeerTimeout = off\nAccel = tcx\n" },
	{ "[Interface]\nAgeing = 0\nMaxMACs = 80\nAccel = TC\n", "[Interface]\nAgeing = 0\nMaxMACs = 80\nAccel = tc\n" },
	{ "[Interface]\nListenPort = 1\n[Interface]\nMTU = 1400\n", "[Interface]\nListenPort = 1\nMTU = 1400\n" },
	{ PEER, SHOWN },
	{ "[peer]\nallowedips = 10.0.0.1/8, ::/0\nPUBLICKEY = " KEY_1 "\nAllowedIPs = 10.9.9.9\n",
	  SHOWN "AllowedIPs = 10.0.0.1/8, ::/0, 10.9.9.9/32\n" },
	{ PEER "AllowedIPs =\n", SHOWN },
	{ PEER "Allowed IPs = 10.0.0.0/8\n", SHOWN "AllowedIPs = 10.0.0.0/8\n" },
	{ PEER "AllowedIPs = +10.0.0.0/8\n", SHOWN "AllowedIPs = 10.0.0.0/8\n" },
	{ PEER "PresharedKey = " KEY_2 "\n", SHOWN "PresharedKey = (hidden)\n" },
	{ PEER "Endpoint = host.name:4900\n", SHOWN "Endpoint = host.name:4900\n" },
	{ PEER "Endpoint = [2001:db8::1]:1\n", SHOWN "Endpoint = [2001:db8::1]:1\n" },
	{ PEER "Endpoint = [fe80::1%eth0]:51820\n", SHOWN "Endpoint = [fe80::1%eth0]:51820\n" },
	{ PEER "Endpoint = 192.0.2.1:65535\n", SHOWN "Endpoint = 192.0.2.1:65535\n" },
	{ PEER "PersistentKeepalive = off\n", SHOWN },
	{ PEER "PersistentKeepalive = 25\n", SHOWN "PersistentKeepalive = 25\n" },
	{ PEER "VTEP = 192.168.92.1, 10.0.0.1\nVTEP = 10.0.0.2\n", SHOWN "VTEP = 192.168.92.1, 10.0.0.1, 10.0.0.2\n" },
	{ PEER "VNIs = 1,2 16777215\n", SHOWN "VNIs = 1, 2, 16777215\n" },
	{ PEER "VNIs = 7, 100-199\n", SHOWN "VNIs = 7, 100-199\n" },
	{ PEER "VNIs = none\n", SHOWN "VNIs = none\n" },
	{ PEER "Name = node two\n", "[Peer]\nName = node two\nPublicKey = " KEY_1 "\n" },
	{ "[VNI]\nVNI = 0\n", "[VNI]\nVNI = 0\n" },
	{ "[VNI]\nBridge = br%v\nVNI = 8-9\nDevice=v%vx\nPorts=eth1.%v\nFlood=10.0.0.2\nLearning=no\n[VNI]\nVNI=3\nBridge=b%v\n",
	  "[VNI]\nVNI = 8\nDevice = v8x\nBridge = br8\nPorts = eth1.8\nLearning = no\nFlood = 10.0.0.2\n\n"
	  "[VNI]\nVNI = 9\nDevice = v9x\nBridge = br9\nPorts = eth1.9\nLearning = no\nFlood = 10.0.0.2\n\n"
	  "[VNI]\nVNI = 3\nBridge = b3\n" },
	{ "[vni]\nvni=16777215\nDevice = vx9\nBridge = br0\nAddress = 172.16.30.1/24,fd01::1/64\nPorts = eth1 eth2\n"
	  "Ageing = 60\nMaxMACs = 8192\nPortMaxMACs = 16\nRelay = yes\nLearning = no\nFlood = 10.0.0.1, 10.0.0.2\n",
	  "[VNI]\nVNI = 16777215\nDevice = vx9\nBridge = br0\nAddress = 172.16.30.1/24, fd01::1/64\nPorts = eth1, eth2\n"
	  "Ageing = 60\nMaxMACs = 8192\nPortMaxMACs = 16\nRelay = yes\nLearning = no\nFlood = 10.0.0.1, 10.0.0.2\n" },
	{ "[VNI]\nVNI = 1\nSuppress = yes\n", "[VNI]\nVNI = 1\nSuppress = yes\n" },
	{ "[VNI]\nVNI = 10\nVLAN=10\nBridge=br0\n", "[VNI]\nVNI = 10\nBridge = br0\nVLAN = 10\n" },
	{ "[VNI]\nVNI=1\nBridge=b\nVLAN=7\n[VNI]\nVNI=2\nBridge=b\nVLAN=8\n",
	  "[VNI]\nVNI = 1\nBridge = b\nVLAN = 7\n\n[VNI]\nVNI = 2\nBridge = b\nVLAN = 8\n" },
	{ "[VNI]\nVNI = 1\nFlood = none\nLearning = yes\n", "[VNI]\nVNI = 1\nFlood = none\n" },
	{ "[VNI]\nVNI = 1\nOversize = drop\n", "[VNI]\nVNI = 1\nOversize = drop\n" },
	{ "[VNI]\nVNI = 1\nOversize = Fragment\n", "[VNI]\nVNI = 1\n" },
	{ "[VNI]\nVNI = 1\n[VNI]\nVNI = 2\n", "[VNI]\nVNI = 1\n\n[VNI]\nVNI = 2\n" },
};

#define MAN	"man 5 vtepd.conf"
#define NAMES	"15 characters at most, no blanks, no / : % # \\ $ and no quotes"

static const struct { const char *text; unsigned int line; const char *error, *hint; } bad[] = {
	{ "ListenPort = 1\n", 1, "a key before the first section", "[Interface]" },
	{ "\n\n[Pear]\n", 3, "[Pear]: no such section", "[Peer]" },
	{ "[Quux]\nwhatever\n", 1, "[Quux]: no such section", "[Interface], [Peer] or [VNI]" },
	{ "[Peer\n", 1, "no section: it lacks its ']'", MAN },
	{ "[Interface]\nListenPort\n", 2, "[Interface] not a line `KEY = VALUE`", "ListenPort = VALUE" },
	{ "[Interface]\nlistenport: 51820\n", 2, "[Interface] not a line `KEY = VALUE`", "ListenPort = VALUE" },
	{ "[Interface]\n = 51820\n", 2, "[Interface] not a line `KEY = VALUE`", MAN },
	{ PEER "AllowedIP = 10.0.0.1\n", 3, "[Peer] AllowedIP: no such key", "AllowedIPs" },
	{ PEER "EndPiont = x\n", 3, "[Peer] EndPiont: no such key", "Endpoint" },
	{ PEER "ListenPort = 1\n", 3, "[Peer] ListenPort: no such key", "it belongs in [Interface]" },
	{ PEER "PrivateKey = " KEY_2 "\n", 3, "[Peer] PrivateKey: no such key", "it belongs in [Interface]" },
	{ PEER "MAXMACS = 1\nAgeing = 1\n", 4, "[Peer] Ageing: no such key", "it belongs in [Interface] or [VNI]" },
	{ "[Interface]\nVNI = 1\n", 2, "[Interface] VNI: no such key", "it belongs in [VNI]" },
	{ "[Interface]\nPort = 51820\n", 2, "[Interface] Port: no such key", "ListenPort" },
	{ PEER "Keepalive = 25\n", 3, "[Peer] Keepalive: no such key", "PersistentKeepalive" },
	{ "[Interface]\nAlowedIPs = 10.0.0.1\n", 2, "[Interface] AlowedIPs: no such key", "AllowedIPs, in [Peer]" },
	{ PEER "Zzyzx = 1\n", 3, "[Peer] Zzyzx: no such key", MAN },
	{ "[Interface]\n" KEY_2 "\n", 2, "[Interface] not a line `KEY = VALUE`", MAN },
	{ "[Interface]\nPrivateKey: " KEY_2 "\n", 2, "[Interface] not a line `KEY = VALUE`", "PrivateKey = VALUE" },
	{ "[Interface]\nListenPort = 1\nListenPort = 2\n", 3, "[Interface] ListenPort: given twice, first at wg0.conf:2", MAN },
	{ "[Interface]\nMTU = 1400\n[Interface]\nMTU = 1400\n", 4, "[Interface] MTU: given twice, first at wg0.conf:2", MAN },
	{ "[Interface]\nListenPort =\n", 2, "[Interface] ListenPort: its value is missing", MAN },
	{ "[Interface]\nListenPort = 65536\n", 2, "[Interface] ListenPort: '65536' is not a number from 0 to 65535", MAN },
	{ "[Interface]\nListenPort = -1\n", 2, "[Interface] ListenPort: '-1' is not a number from 0 to 65535", MAN },
	{ "[Interface]\nListenPort = 1 2\n", 2, "[Interface] ListenPort: '1 2' is not a number from 0 to 65535", MAN },
	{ "[Interface]\nPrivateKey = abc\n", 2, "[Interface] PrivateKey: not 32 bytes in base64 (its value is not shown)", "vtepctl key gen" },
	{ "[Interface]\nPrivateKey = BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=\n", 2,
	  "[Interface] PrivateKey: not 32 bytes in base64 (its value is not shown)", "vtepctl key gen" },
	{ "[Interface]\nPrivateKey = (hidden)\n", 2,
	  "[Interface] PrivateKey: (hidden) stands for a key that `vtepctl conf show` did not print", "PrivateKeyFile = FILE" },
	{ "[Interface]\nPrivateKey = " KEY_1 "\nPrivateKeyFile = /k\n", 3, "[Interface] PrivateKeyFile: there is a PrivateKey already", MAN },
	{ "[Interface]\nPrivateKeyFile = /k\nPrivateKey = " KEY_1 "\n", 3,
	  "[Interface] PrivateKey: there is a PrivateKeyFile already, at wg0.conf:2", MAN },
	{ "[Interface]\nFwMark = on\n", 2, "[Interface] FwMark: 'on' is neither off nor a number up to 0xffffffff", MAN },
	{ "[Interface]\nFwMark = 0x1ffffffff\n", 2, "[Interface] FwMark: '0x1ffffffff' is neither off nor a number up to 0xffffffff", MAN },
	{ "[Interface]\nAddress = 10.0.0.1/33\n", 2, "[Interface] Address: '10.0.0.1/33' is not an IP address, or address/length", MAN },
	{ "[Interface]\nAddress = ::ffff:10.0.0.1/128\n", 2, "[Interface] Address: '::ffff:10.0.0.1/128' is not an IP address, or address/length", MAN },
	{ "[Interface]\nDNS = a;b\n", 2, "[Interface] DNS: 'a;b' is neither an IP address nor a domain", MAN },
	{ "[Interface]\nMTU = 70000\n", 2, "[Interface] MTU: '70000' is not a number from 576 to 65535", MAN },
	{ "[Interface]\nTable = 4294967296\n", 2, "[Interface] Table: '4294967296' is neither auto, off, a number from 1 to 4294967295 nor a name", MAN },
	{ "[Interface]\nPostUp = echo \x1b[31m\n", 2, "[Interface] control characters, or what is no UTF-8", MAN },
	{ "[Interface]\nPostUp = echo \xff\n", 2, "[Interface] control characters, or what is no UTF-8", MAN },
	{ "[Interface]\nPostUp = echo \xe2\x80\xae\n", 2, "[Interface] control characters, or what is no UTF-8", MAN },
	{ "[Interface]\nSaveConfig = maybe\n", 2, "[Interface] SaveConfig: 'maybe' is neither true nor false", MAN },
	{ "[Interface]\nUnderlayVRF = a/b\n", 2, "[Interface] UnderlayVRF: 'a/b' is not a device name", NAMES },
	{ "[Interface]\nLocalVTEP = 224.0.0.1\n", 2, "[Interface] LocalVTEP: '224.0.0.1' is not a unicast IP address", MAN },
	{ "[Interface]\nLocalVTEP = fd00::1\n", 2, "[Interface] LocalVTEP: 'fd00::1': IPv6 VTEPs are not supported yet", MAN },
	{ "[Interface]\nVXLANPort = 0\n", 2, "[Interface] VXLANPort: '0' is not a number from 1 to 65535", MAN },
	{ "[Interface]\nAgeing = 1000001\n", 2, "[Interface] Ageing: '1000001' is not a number from 0 to 1000000", MAN },
	{ "[Interface]\nHoldDown = 1 180\n", 2, "[Interface] HoldDown: not a number of moves, the seconds they are counted in, the seconds of holding",
	  "HoldDown = 5 180 180        (or: off)" },
	{ "[Interface]\nHoldDown = 5 180 180 1\n", 2, "[Interface] HoldDown: not a number of moves, the seconds they are counted in, the seconds of holding",
	  "HoldDown = 5 180 180        (or: off)" },
	{ "[Interface]\nPeerTimeout = 19\n", 2, "[Interface] PeerTimeout: '19' is neither off nor a number from 20 to 86400", MAN },
	{ "[Interface]\nPeerTimeout = 0\n", 2, "[Interface] PeerTimeout: '0' is neither off nor a number from 20 to 86400", MAN },
	{ "[Interface]\nMaxMACs = 79\n", 2, "[Interface] MaxMACs: '79' is not a number from 80 to 16777216", MAN },
	{ "[Interface]\nAccel = fast\n", 2, "[Interface] Accel: 'fast' is not one of auto, tcx, tc, off", MAN },
	{ "\n[Peer]\nAllowedIPs = 10.0.0.1\n", 2, "[Peer] PublicKey is missing", "PublicKey = KEY        (on that node: wg show wg0 public-key)" },
	{ "[Peer]\nPublicKey = x\n", 2, "[Peer] PublicKey: not 32 bytes in base64 (its value is not shown)", MAN },
	{ PEER "[Peer]\nPublicKey = " KEY_1 "\n", 3, "[Peer] PublicKey: given twice, first at wg0.conf:1", "one [Peer] for each node" },
	{ PEER "PresharedKey = =\n", 3, "[Peer] PresharedKey: not 32 bytes in base64 (its value is not shown)", "vtepctl key psk" },
	{ PEER "PresharedKey = (hidden)\n", 3, "[Peer] PresharedKey: (hidden) stands for a key that `vtepctl conf show` did not print", MAN },
	{ PEER "AllowedIPs = 10.0.0.0/8, 10.1\n", 3, "[Peer] AllowedIPs: '10.1' is not an IP address, or address/length", MAN },
	{ PEER "AllowedIPs = -10.0.0.0/8\n", 3, "[Peer] AllowedIPs: '-10.0.0.0/8': nothing can be taken away in a file", MAN },
	{ PEER "Endpoint = host\n", 3, "[Peer] Endpoint: 'host' is not HOST:PORT or [IPv6]:PORT", "Endpoint = 192.0.2.1:51820" },
	{ PEER "Endpoint = host:0\n", 3, "[Peer] Endpoint: 'host:0' is not HOST:PORT or [IPv6]:PORT", "Endpoint = 192.0.2.1:51820" },
	{ PEER "Endpoint = [10.0.0.1]:1\n", 3, "[Peer] Endpoint: '[10.0.0.1]:1' is not HOST:PORT or [IPv6]:PORT", "Endpoint = 192.0.2.1:51820" },
	{ PEER "Endpoint = a b:1\n", 3, "[Peer] Endpoint: 'a b:1' is not HOST:PORT or [IPv6]:PORT", "Endpoint = 192.0.2.1:51820" },
	{ PEER "PersistentKeepalive = 65536\n", 3, "[Peer] PersistentKeepalive: '65536' is neither off nor a number from 0 to 65535", MAN },
	{ PEER "Name = 0123456789012345678901234567890123456789012345678901234567890123\n", 3, "[Peer] Name: longer than 63 bytes", MAN },
	{ PEER "VTEP = 10.0.0.2/32\n", 3, "[Peer] VTEP: '10.0.0.2/32' is not a unicast IP address", "VTEP = 10.0.0.2" },
	{ PEER "VTEP = 10.0.0.0.1\n", 3, "[Peer] VTEP: '10.0.0.0.1' is not a unicast IP address", MAN },
	{ PEER "VTEP = 10.0.0.1 10.0.0.1\n", 3, "[Peer] VTEP: 10.0.0.1 is given twice", MAN },
	{ PEER "VNIs = 16777216\n", 3, "[Peer] VNIs: '16777216' is no VNI from 0 to 16777215, and no range as 100-199", MAN },
	{ PEER "VNIs = 1, 1\n", 3, "[Peer] VNIs: 1 is given twice", MAN },
	{ PEER "VNIs = 100-199, 150\n", 3, "[Peer] VNIs: 150 is given twice", MAN },
	{ PEER "VNIs = 9-8\n", 3, "[Peer] VNIs: '9-8' is no VNI from 0 to 16777215, and no range as 100-199", MAN },
	{ PEER "VNIs = ,\n", 3, "[Peer] VNIs: its value is missing", MAN },
	{ "[VNI]\nBridge = br0\n", 1, "[VNI] VNI is missing", "VNI = 1" },
	{ "[VNI]\nVNI = x\n", 2, "[VNI] VNI: 'x' is not a number from 0 to 16777215, and no range as 100-199", MAN },
	{ "[VNI]\nVNI = 1-5000\n", 2, "[VNI] VNI: more than 4095 segments in one process", MAN },
	{ "[VNI]\nVNI = 1-\n", 2, "[VNI] VNI: '1-' is not a number from 0 to 16777215, and no range as 100-199", MAN },
	{ "[VNI]\nVNI = 150\n[VNI]\nVNI = 100-199\n", 4, "[VNI] VNI: 150 is given twice, first at wg0.conf:1", MAN },
	{ "[VNI]\nVNI = 100-199\n[VNI]\nVNI = 150\n", 4, "[VNI] VNI: 150 is given twice, first at wg0.conf:1", MAN },
	{ "[VNI]\nBridge = br0\nVNI = 1-2\n", 2, "[VNI] Bridge: br0 can't be the bridge of several VNIs", "Bridge = br%v" },
	{ "[VNI]\nVNI = 1-2\nDevice = vxlan\n", 3, "[VNI] Device: vxlan can't be the device of several VNIs", "Device = vx%v" },
	{ "[VNI]\nVNI = 1-2\nAddress = 10.0.0.1/24\n", 3, "[VNI] Address: not for several VNIs at once",
	  "a [VNI] of its own for one with an address" },
	{ "[VNI]\nVNI = 1-2\nPorts = eth1.%v eth2\n", 3, "[VNI] Ports: eth2 can't be a port of several VNIs",
	  "Ports = eth2.%v" },
	{ "[VNI]\nVNI = 1000000\nBridge = br-tenant%v\n", 3, "[VNI] Bridge: 'br-tenant%v' is too long a device name for VNI 1000000", MAN },
	{ "[VNI]\nVNI = 1\nBridge = br7\n[VNI]\nVNI = 6-8\nBridge = br%v\n", 6, "[VNI] Bridge: br7 is that of the [VNI] at wg0.conf:1",
	  "one bridge for each, or VLAN = N" },
	{ "[VNI]\nVNI = 1\n[VNI]\nVNI = 1\n", 4, "[VNI] VNI: 1 is given twice, first at wg0.conf:1", MAN },
	{ "[VNI]\nVNI = 1\nBridge = b\n[VNI]\nVNI = 2\nBridge = b\n", 6, "[VNI] Bridge: b is that of the [VNI] at wg0.conf:1",
	  "one bridge for each, or VLAN = N" },
	{ "[VNI]\nVNI = 1\nBridge = b\nVLAN = 7\n[VNI]\nVNI = 2\nBridge = b\nVLAN = 7\n", 7,
	  "[VNI] Bridge: b is that of the [VNI] at wg0.conf:1", "one bridge for each, or VLAN = N" },
	{ "[VNI]\nVNI = 1\nVLAN = 4095\n", 3, "[VNI] VLAN: '4095' is not a number from 1 to 4094", MAN },
	{ "[VNI]\nVNI = 1\nVLAN = 0\n", 3, "[VNI] VLAN: '0' is not a number from 1 to 4094", MAN },
	{ "[VNI]\nVNI = 1\nBridge = b\nVLAN = 7\nAddress = 10.1.1.1/24\n", 5,
	  "[VNI] Address: an address of the bridge is none of VLAN 7 alone", "ip link add link b name b.7 type vlan id 7" },
	{ "[VNI]\nVNI = 1\nDevice = v\n[VNI]\nVNI = 2\nDevice = v\n", 6, "[VNI] Device: v is that of the [VNI] at wg0.conf:1", MAN },
	{ "[VNI]\nVNI = 1\nDevice = sixteen-letters1\n", 3, "[VNI] Device: 'sixteen-letters1' is not a device name", NAMES },
	{ "[VNI]\nVNI = 1\nBridge = a b\n", 3, "[VNI] Bridge: 'a b' is not a device name", NAMES },
	{ "[VNI]\nVNI = 1\nAddress = br0\n", 3, "[VNI] Address: 'br0' is not an IP address, or address/length", MAN },
	{ "[VNI]\nVNI = 1\nPorts = eth1 eth1\n", 3, "[VNI] Ports: eth1 is given twice", MAN },
	{ "[VNI]\nVNI = 1\nPorts = $(id)\n", 3, "[VNI] Ports: '$(id)' is not a device name", NAMES },
	{ "[VNI]\nVNI = 1\nAgeing = never\n", 3, "[VNI] Ageing: 'never' is not a number from 0 to 1000000", MAN },
	{ "[VNI]\nVNI = 1\nMaxMACs = 16777217\n", 3, "[VNI] MaxMACs: '16777217' is not a number from 0 to 16777216", MAN },
	{ "[VNI]\nVNI = 1\nSuppress = maybe\n", 3, "[VNI] Suppress: 'maybe' is neither yes nor no", MAN },
	{ "[VNI]\nVNI = 1\nLearning = 1\n", 3, "[VNI] Learning: '1' is neither yes nor no", MAN },
	{ "[VNI]\nVNI = 1\nOversize = answer\n", 3, "[VNI] Oversize: 'answer' is neither fragment nor drop", MAN },
	{ "[VNI]\nVNI = 1\nFlood = 10.0.0.1 10.0.0.1\n", 3, "[VNI] Flood: 10.0.0.1 is given twice", MAN },
	{ "[VNI]\nVNI = 1\nFlood = host\n", 3, "[VNI] Flood: 'host' is not a unicast IP address", MAN },
};

static const struct { const char *text, *name; } named[] = {
	{ PEER, NULL },
	{ "[Peer] # node2\nPublicKey = " KEY_1 "\n", "node2" },
	{ "[Peer] # node2\nName = other\nPublicKey = " KEY_1 "\n", "other" },
	{ "[Peer]\n# node2\nPublicKey = " KEY_1 "\n", "node2" },
	{ "[Peer]\n# Name = node2\nPublicKey = " KEY_1 "\n", "node2" },
	{ "[Peer]\n# friendly_name = node2\nPublicKey = " KEY_1 "\n", "node2" },
	{ "[Peer]\n#Name# = node2\nPublicKey = " KEY_1 "\n", "node2" },
	{ PEER "#Name# = node2\n", "node2" },
	{ "[Peer]\nPublicKey = " KEY_1 " # node2\n", "node2" },
	{ "# node2\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "# node2\n\n[Peer]\nPublicKey = " KEY_1 "\n", NULL },
	{ "# all of them are in Berlin\n# node2\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "### begin node2 ###\n[Peer]\nPublicKey = " KEY_1 "\n### end node2 ###\n", "node2" },
	{ "### end node1 ###\n### begin node2 ###\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "### end node1 ###\n[Peer]\nPublicKey = " KEY_1 "\n", NULL },
	{ "# BEGIN_PEER node2\n[Peer]\nPublicKey = " KEY_1 "\n# END_PEER node2\n", "node2" },
	{ "### Client node2\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "# Client: node2 (8b2c6f9e)\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "# ID:           c1\n# Name:         node2\n# Email:        a@b.c\n# Created at:   2023-01-01 00:00:00\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "# node2 / a@b.c / Updated: 1 / Created: 2\n[Peer]\nPublicKey = " KEY_1 "\n", "node2" },
	{ "[Peer]\n#Endpoint = 192.0.2.1:51820\nPublicKey = " KEY_1 "\n", NULL },
	{ "#[Peer]\n[Peer]\nPublicKey = " KEY_1 "\n", NULL },
	{ "[Peer]\n# -----------\nPublicKey = " KEY_1 "\n", NULL },
	{ "[Peer]\n# this one is behind a router that drops fragments\nPublicKey = " KEY_1 "\n", NULL },
	{ PEER "# node2\n", NULL },
	{ "[Peer] # above\n# Name = inside\nPublicKey = " KEY_1 "\n", "inside" },
	{ "# Name = above\n[Peer] # beside\nPublicKey = " KEY_1 "\n", "above" },
	{ "[Peer] # n\x1b[31mode\nPublicKey = " KEY_1 "\n", NULL },
	{ "[Peer] # n\x1bode\nPublicKey = " KEY_1 "\n", "n?ode" },
	{ "[Peer] # n\x07o\xc2\x9b" "d\xe2\x80\xae\xff" "e\nPublicKey = " KEY_1 "\n", "n?o?d??e" },
	{ "[Peer] # kn\xc3\xb6ten\nPublicKey = " KEY_1 "\n", "kn\xc3\xb6ten" },
	{ "[Peer]\n# Name = \xff\xfe\nPublicKey = " KEY_1 "\n", NULL },
	{ "[Peer] # a#b\nPublicKey = " KEY_1 "\n", "a-b" },
	{ "[Peer]\n# Name = 0123456789012345678901234567890123456789012345678901234567890\xc3\xa4\xc3\xa4\nPublicKey = " KEY_1 "\n",
	  "0123456789012345678901234567890123456789012345678901234567890\xc3\xa4" },
};

static struct model m, again;

static void test_good(void)
{
	struct findings f;
	char *text, *twice;
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		conf_of_text(good[i].text, &m, &f);
		text = conf_to_text(&m);
		if (!tap_ok(!f.count[FINDING_ERROR] && !strcmp(text, good[i].shown), "good %zu: %.30s", i + 1, good[i].shown))
			tap_note("%s; shown as:\n%s", f.n ? f.list[0].text : "", text);
		findings_free(&f);
		conf_of_bytes(text, strlen(text), CONF_HIDDEN, &again, &f);
		twice = conf_to_text(&again);
		tap_ok(!f.count[FINDING_ERROR] && !strcmp(text, twice), "which reads the same again");
		findings_free(&f);
		model_free(&m);
		model_free(&again);
		free(text);
		free(twice);
	}
}

static void test_bad(void)
{
	const struct finding *one;
	struct findings f;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		conf_of_text(bad[i].text, &m, &f);
		one = f.list;
		if (!tap_ok(f.count[FINDING_ERROR] == 1 && one->line == bad[i].line && !strcmp(one->file, "wg0.conf") &&
			    !strcmp(one->text, bad[i].error) && one->hint && !strcmp(one->hint, bad[i].hint),
			    "bad: %u: %s", bad[i].line, bad[i].error) && f.n)
			tap_note("%zu errors, %u: %s (%s)", f.count[FINDING_ERROR], one->line, one->text, one->hint);
		findings_free(&f);
		model_free(&m);
	}
}

static void test_names(void)
{
	struct findings f;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(named) / sizeof(*named); i++) {
		conf_of_text(named[i].text, &m, &f);
		name = m.wg.n_peers ? m.wg.peers[0].name : "no peer";
		if (!tap_ok(!f.count[FINDING_ERROR] && !name == !named[i].name && (!name || !strcmp(name, named[i].name)),
			    "name %zu: %s", i + 1, named[i].name ? named[i].name : "none"))
			tap_note("got %s", name ? name : "none");
		findings_free(&f);
		model_free(&m);
	}
	conf_of_text("[Peer]\nPublicKey = " KEY_1 "\n# two\n[Peer]\nPublicKey = " KEY_2 "\n", &m, &f);
	tap_ok(!m.wg.peers[0].name && !strcmp(m.wg.peers[1].name, "two"), "a comment above [Peer] is the next one's");
	findings_free(&f);
	model_free(&m);
}

/* Whether the device is ours, to what the file sets; where lines are remembered. */
static void test_given(void)
{
	struct findings f;

	conf_of_text("[Interface]\nMaxMACs = 80\n[VNI]\nVNI = 1\n" PEER "VTEP = 10.0.0.1\n", &m, &f);
	tap_ok(!m.wg.given && m.wg.n_peers == 1 && m.n_vnis == 1, "none of WireGuard's keys: others configure it");
	tap_equal(m.wg.peers[0].where.line, 5, "line of [Peer]");
	tap_equal(m.vnis[0].where.line, 3, "line of [VNI]");
	findings_free(&f);
	model_free(&m);
	conf_of_text(PEER "AllowedIPs = 10.0.0.1\nAllowedIPs = 10.0.0.2\n", &m, &f);
	tap_ok(m.wg.given, "one of them: it is vtepd's");
	tap_equal(m.wg.peers[0].where_allowed.line, 4, "line of the last AllowedIPs");
	findings_free(&f);
	model_free(&m);
}

static void test_limits(void)
{
	struct findings f;
	char text[4096] = "[Interface]\n";
	size_t i;
	int j;

	for (j = 0; j < 40; j++)
		strcat(text, "Nonsense = 1\n");
	conf_of_text(text, &m, &f);
	tap_equal(f.n, FINDING_MAX, "reading stops after so many errors");
	findings_free(&f);
	model_free(&m);
	conf_of_bytes("[Interface]\n\0MTU = 1400\n", 25, 0, &m, &f);
	tap_ok(f.count[FINDING_ERROR] == 1 && strstr(f.list[0].text, "NUL"), "NUL bytes are refused");
	findings_free(&f);
	model_free(&m);
	conf_of_text("[Interface]\nPrivateKey " KEY_2 "\n" KEY_3 " = 1\nprivatekey" KEY_1 "\nPrivateKey = " KEY_2 KEY_3 "\n", &m, &f);
	for (i = 0; i < f.n; i++)
		tap_ok(!strstr(f.list[i].text, "CCCC") && !strstr(f.list[i].text, "DDDD") && !strstr(f.list[i].text, "BBBB"),
		       "no key in: %s", f.list[i].text);
	tap_equal(f.n, 4, "lines that might hold a key");
	findings_free(&f);
	model_free(&m);
	conf_of_text("[Interface]\nPrivateKeyFile = " KEY_2 "\nFwMark = " KEY_2 "\nUnderlayVRF = " KEY_2 "\n[Peer]\nPublicKey = " KEY_1 "\nVTEP = " KEY_2
		     "\nAllowedIPs = " KEY_2 "\nEndpoint = " KEY_2 "\n[VNI]\nVNI = 1\nBridge = " KEY_2 "\n", &m, &f);
	for (i = 0; i < f.n; i++)
		tap_ok(!strstr(f.list[i].text, "CCCC"), "no key in: %s", f.list[i].text);
	tap_equal(f.count[FINDING_ERROR], 7, "keys where none belongs");
	findings_free(&f);
	model_free(&m);
}

int main(void)
{
	test_good();
	test_bad();
	test_names();
	test_given();
	test_limits();
	return tap_end();
}
