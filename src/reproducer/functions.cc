// SPDX-License-Identifier: GPL-2.0
#include "reproducer/functions.h"

namespace reproducer
{

static constexpr Function all[] = {
	{"must", "errno.h stdio.h stdlib.h string.h", R"(
static int must(int line, const char *call, long value)
{
	if (value < 0 && printf("line %d: %s: %s: this machine cannot show it\n", line, call, strerror(errno)))
		exit(4);
	return (int)value;
}
)"},
	{"MUST", "", R"(#define MUST(...) must(__LINE__, #__VA_ARGS__, __VA_ARGS__)
)"},
	/* Not system(), which blocks SIGCHLD in its thread: the kernel then has another thread make its call
	   again. */
	{"SH", "stdio.h",
	 R"(#define SH(lines) MUST(-pclose(popen("set -e; PATH=/usr/sbin:/sbin:$PATH; " lines, "w")))
)"},
	{"until_all_sleep", "", R"(/* The threads block in their calls, or have returned. */
#define until_all_sleep() SH("while grep -q ') [RD] ' /proc/$PPID/task/*/stat; do :; done")
)"},
	{"bpf", "stdint.h sys/syscall.h unistd.h linux/bpf.h",
	 R"(#define bpf(command, ...) (int)syscall(SYS_bpf, command, &__VA_ARGS__, sizeof(union bpf_attr))
)"},
	{"to4", "arpa/inet.h netinet/in.h",
	 R"(#define to4(address, port) (struct sockaddr *)&(struct sockaddr_in){ \
	.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {inet_addr(address)}}
)"},
	{"to_vsock", "sys/socket.h linux/vm_sockets.h",
	 R"(#define to_vsock(cid, port) (struct sockaddr *)&(struct sockaddr_vm){ \
	.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port}
)"},
	{"to_device", "arpa/inet.h net/if.h sys/socket.h linux/if_ether.h linux/if_packet.h",
	 R"(#define to_device(name, protocol) (struct sockaddr *)&(struct sockaddr_ll){ \
	.sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = (int)if_nametoindex(name)}
)"},
	{"in", "", R"(static unsigned char in[1 << 20];
)"},
	{"await", "poll.h", R"(
/* The event, or 0 where it does not come within ten seconds. */
static int await(int fd, short event)
{
	struct pollfd one = {fd, event, 0};

	for (int left = 10000; left && (poll(&one, 1, 0), !(one.revents & event)); left--)
		poll(NULL, 0, 1);
	return one.revents & event;
}
)"},
	{"polled", "poll.h", R"(
static int polled(int fd, short events, int milliseconds)
{
	struct pollfd one = {fd, events, 0};

	return poll(&one, 1, milliseconds) < 0 ? -1 : one.revents;
}
)"},
	{"epolled", "sys/epoll.h", R"(
/* The events of the first descriptor that is ready; 0: none is. */
static int epolled(int fd, int milliseconds)
{
	struct epoll_event one = {0};

	return epoll_wait(fd, &one, 1, milliseconds) < 0 ? -1 : (int)one.events;
}
)"},
	{"own_namespaces", "sched.h stdio.h stdlib.h unistd.h", R"(
static int own_namespaces(void)
{
	char map[80];

	snprintf(map, sizeof(map), "[ %u = 0 ] || echo 0 %u 1 >/proc/$PPID/uid_map", geteuid(), geteuid());
	return unshare((geteuid() ? CLONE_NEWUSER : 0) | CLONE_NEWNET | CLONE_NEWNS) < 0 ? -1 : -system(map);
}
)"},
	{"number_in", "stdio.h", R"(
/* -1: there is none */
static long number_in(const char *file)
{
	FILE *const from = fopen(file, "r");
	long number = -1;

	return from && fscanf(from, "%ld", &number) == 1 ? number : -1;
}
)"},
	{"write_to", "fcntl.h string.h unistd.h", R"(
static long write_to(const char *file, const char *text)
{
	return write(MUST(open(file, O_WRONLY)), text, strlen(text));
}
)"},
	{"offload", "net/if.h string.h sys/ioctl.h sys/socket.h unistd.h linux/ethtool.h linux/sockios.h", R"(
static int offload(const char *name, unsigned command, unsigned on)
{
	struct ethtool_value value = {command, on};
	struct ifreq of = {.ifr_data = (void *)&value};
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strcpy(of.ifr_name, name);
	return ioctl(fd, SIOCETHTOOL, &of) | close(fd);
}
)"},
	{"feature", "net/if.h string.h sys/ioctl.h sys/socket.h unistd.h linux/ethtool.h linux/sockios.h", R"(
/* Sets a feature of a device by its name, as ethtool -K does. */
static int feature(const char *device, const char *name, unsigned on)
{
	static unsigned names[3 + 128 * ETH_GSTRING_LEN / 4] = {ETHTOOL_GSTRINGS, ETH_SS_FEATURES};
	unsigned set[2 + 2 * 4] = {ETHTOOL_SFEATURES}, bit = 0;
	const int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq of = {.ifr_data = (void *)names};

	strcpy(of.ifr_name, device);
	if (ioctl(fd, SIOCETHTOOL, &of) < 0)
		return -1;
	while (bit < names[2] && strcmp((char *)&names[3 + bit * ETH_GSTRING_LEN / 4], name))
		bit++;
	if (bit == names[2])
		return -1;
	set[1] = (names[2] + 31) / 32;
	set[2 + bit / 32 * 2] = 1U << bit % 32;
	set[3 + bit / 32 * 2] = on << bit % 32;
	of.ifr_data = (void *)set;
	return ioctl(fd, SIOCETHTOOL, &of) < 0 ? -1 : close(fd);
}
)"},
	{"to6", "arpa/inet.h netinet/in.h", R"(
static struct sockaddr *to6(const char *address, int port)
{
	static struct sockaddr_in6 to = {.sin6_family = AF_INET6};

	to.sin6_port = htons(port);
	inet_pton(AF_INET6, address, &to.sin6_addr);
	return (struct sockaddr *)&to;
}
)"},
	/* The port of an IPv4 address is where that of IPv6 is. */
	{"local_port", "arpa/inet.h netinet/in.h", R"(
static int local_port(int fd)
{
	struct sockaddr_in6 name = {0};
	socklen_t length = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &length) < 0 ? -1 : ntohs(name.sin6_port);
}
)"},
	{"vsock_port", "sys/socket.h linux/vm_sockets.h", R"(
static long vsock_port(int fd)
{
	struct sockaddr_vm name = {0};
	socklen_t length = sizeof(name);

	return getsockname(fd, (struct sockaddr *)&name, &length) < 0 ? -1 : (long)name.svm_port;
}
)"},
	{"get", "sys/socket.h", R"(
static int get(int fd, int level, int option)
{
	int value = 0;
	socklen_t length = sizeof(value);

	return getsockopt(fd, level, option, &value, &length) < 0 ? -1 : value;
}
)"},
	{"destroy",
	 "errno.h netinet/in.h string.h sys/socket.h unistd.h linux/inet_diag.h linux/netlink.h "
	 "linux/sock_diag.h",
	 R"(
/* Has the kernel close a connected socket, as ss -K does. */
static int destroy(int fd)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 of;
	} ask = {{sizeof(ask), SOCK_DESTROY, NLM_F_REQUEST | NLM_F_ACK, 0, 0}, {0}};
	struct {
		struct nlmsghdr header;
		struct nlmsgerr of;
	} answer = {0};
	struct sockaddr_in6 name = {0};
	const int netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG);
	const int v6 = get(fd, SOL_SOCKET, SO_DOMAIN) == AF_INET6;
	socklen_t length = sizeof(name), room = sizeof(ask.of.id.idiag_cookie);

	ask.of.sdiag_family = v6 ? AF_INET6 : AF_INET;
	ask.of.sdiag_protocol = (unsigned char)get(fd, SOL_SOCKET, SO_PROTOCOL);
	getsockopt(fd, SOL_SOCKET, SO_COOKIE, ask.of.id.idiag_cookie, &room);
	/* An IPv4 address is where the flow of an IPv6 address is. */
	getsockname(fd, (struct sockaddr *)&name, &length);
	ask.of.id.idiag_sport = name.sin6_port;
	memcpy(ask.of.id.idiag_src, v6 ? (void *)&name.sin6_addr : &name.sin6_flowinfo, v6 ? 16 : 4);
	getpeername(fd, (struct sockaddr *)&name, &length);
	ask.of.id.idiag_dport = name.sin6_port;
	memcpy(ask.of.id.idiag_dst, v6 ? (void *)&name.sin6_addr : &name.sin6_flowinfo, v6 ? 16 : 4);
	if (send(netlink, &ask, sizeof(ask), 0) < 0 || recv(netlink, &answer, sizeof(answer), 0) < 0)
		return -1;
	close(netlink);
	errno = -answer.of.error;
	return answer.of.error ? -1 : 0;
}
)"},
	{"netfilter", "errno.h sys/socket.h unistd.h linux/netlink.h", R"(
/* Makes a table of these messages, as nft does. */
static int netfilter(const void *messages, size_t length)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr of;
	} answer = {0};
	const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);

	if (send(fd, messages, length, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		return -1;
	errno = -answer.of.error;
	return answer.of.error ? -1 : close(fd);
}
)"},
	{"memory_of", "sys/socket.h linux/sock_diag.h", R"(
static long memory_of(int fd, int which)
{
	unsigned values[SK_MEMINFO_VARS] = {0};
	socklen_t length = sizeof(values);

	return getsockopt(fd, SOL_SOCKET, SO_MEMINFO, values, &length) < 0 ? -1 : (int)values[which];
}
)"},
	{"queued", "sys/ioctl.h linux/sockios.h", R"(
static int queued(int fd, unsigned long what)
{
	int bytes = 0;

	return ioctl(fd, what, &bytes) < 0 ? -1 : bytes;
}
)"},
	{"memlock", "sys/resource.h", R"(
static int memlock(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_MEMLOCK, &limit);
	limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
	return setrlimit(RLIMIT_MEMLOCK, &limit);
}
)"},
	{"byte", "", R"(
/* Payloads are made of these, so that none passes for another. */
static unsigned char byte(size_t at)
{
	unsigned long long word = SEED + (at / 8 + 1) * 0x9e3779b97f4a7c15;

	word = (word ^ word >> 30) * 0xbf58476d1ce4e5b9;
	word = (word ^ word >> 27) * 0x94d049bb133111eb;
	return (unsigned char)((word ^ word >> 31) >> at % 8 * 8);
}
)"},
	{"map", "sys/mman.h", R"(
static int map(unsigned char *at, size_t length)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

	return mmap(at, length, PROT_READ | PROT_WRITE, flags, -1, 0) == at ? 0 : -1;
}
)"},
	{"named", "stdio.h string.h", R"(
/* A mapping of the process that has this name. */
static unsigned char *named(const char *name, long offset)
{
	FILE *const maps = fopen("/proc/self/maps", "r");
	unsigned long from = 0;
	char line[256];

	while (fgets(line, sizeof(line), maps) && (sscanf(line, "%lx", &from) != 1 || !strstr(line, name)))
		;
	fclose(maps);
	return (unsigned char *)from + offset;
}
)"},
	{"fill", "", R"(
static void fill(unsigned char *to, size_t from, size_t length, int mask)
{
	for (size_t i = 0; i < length; i++)
		to[i] = (unsigned char)(byte(from + i) ^ mask);
}
)"},
	{"vector", "sys/uio.h", R"(
/* Pieces, the first of `head` bytes; each begins `gap` bytes behind the one before. */
static struct iovec *vector(unsigned char *at, long gap, size_t head, size_t length, int count)
{
	static struct iovec pieces[1024];

	for (int i = 0; i < count; i++, head = length) {
		pieces[i] = (struct iovec){at, head};
		at += (long)head + gap;
	}
	return pieces;
}
)"},
	{"control", "sys/socket.h", R"(
static union {
	struct cmsghdr header;
	char bytes[1024];
} control;
)"},
	{"controllen", "", R"(static size_t controllen;
)"},
	{"add_control", "string.h sys/socket.h", R"(
/* A control message that says it has `claimed` bytes. */
static void add_control(int level, int type, const void *data, size_t length, size_t claimed)
{
	struct cmsghdr header = {.cmsg_len = CMSG_LEN(claimed), .cmsg_level = level, .cmsg_type = type};

	memcpy(control.bytes + controllen, &header, sizeof(header));
	memcpy(control.bytes + controllen + CMSG_LEN(0), data, length);
	controllen += CMSG_SPACE(length);
}
)"},
	{"take", "sys/socket.h poll.h", R"(
/* Reads that many bytes of a stream, and returns how many have come within ten seconds. */
static long take(int fd, size_t length)
{
	long have = 0, some = 1;

	for (; have < (long)length && some > 0 && await(fd, POLLIN); have += some > 0 ? some : 0)
		some = recv(fd, in + have, length - (size_t)have, MSG_DONTWAIT);
	return some < 0 ? some : have;
}
)"},
	{"datagram", "sys/socket.h poll.h", R"(
static long datagram(int fd, size_t room, int flags)
{
	return await(fd, POLLIN) ? recv(fd, in, room, flags | MSG_DONTWAIT) : -1;
}
)"},
	{"frame_of", "", R"(
/* What neighbours say may be ahead of the frame of that length. */
static long frame_of(int fd, long length)
{
	long bytes = 0;

	while (bytes >= 0 && bytes != length)
		bytes = datagram(fd, sizeof(in), 0);
	return bytes;
}
)"},
	{"tun", "fcntl.h net/if.h string.h sys/ioctl.h linux/if_tun.h", R"(
static int tun(const char *name)
{
	struct ifreq of = {.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR};
	const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	strcpy(of.ifr_name, name);
	return ioctl(fd, TUNSETIFF, &of) < 0 ? -1 : fd;
}
)"},
	{"their_port", "", R"(
/* The kernel's end of the connection: its first sequence number, its port, its clock. */
static unsigned first_sequence, their_port, their_clock;
/* Its stream, and how much of it was read. */
static unsigned char their_stream[1 << 22];
static unsigned reached;
)"},
	{"get32", "", R"(
static unsigned get32(const unsigned char *at)
{
	return (unsigned)at[0] << 24 | (unsigned)at[1] << 16 | (unsigned)at[2] << 8 | at[3];
}
)"},
	{"put32", "", R"(
static void put32(unsigned char *at, unsigned value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> (24 - 8 * i));
}
)"},
	{"option_of", "", R"(
/* An option of a TCP header. */
static unsigned char *option_of(unsigned char *tcp, int kind)
{
	for (unsigned char *at = tcp + 20; at < tcp + (tcp[12] >> 4) * 4 && *at; at += *at == 1 ? 1 : at[1])
		if (*at == kind)
			return at;
	return NULL;
}
)"},
	{"packet", "poll.h unistd.h", R"(
/* Waits for the next packet of that protocol behind `link` bytes: its header there, and its end. */
static unsigned char *packet(int tap, int link, int protocol, unsigned char **end)
{
	static unsigned char frame[70000];
	unsigned char *const ip = frame + 10 + link;

	while (await(tap, POLLIN)) {
		*end = frame + read(tap, frame, sizeof(frame));
		if (*end >= ip + 40 && (*ip >> 4 == 4 ? ip[9] : ip[6]) == protocol)
			return ip + (*ip >> 4 == 4 ? 20 : 40);
	}
	return NULL;
}
)"},
	{"udp_packet", "string.h", R"(
static long udp_packet(int tap, int link)
{
	unsigned char *end = NULL, *const udp = packet(tap, link, 17, &end);

	return udp ? (memcpy(in, udp + 8, (size_t)(end - udp - 8)), end - udp - 8) : -1;
}
)"},
	{"segment", "stdio.h string.h", R"(
/* The kernel's next one with data, SYN, FIN or RST, and where in its stream the data is. */
static const char *segment(int tap, int link)
{
	static char text[64];
	unsigned char *end = NULL, *tcp, *clock;

	while ((tcp = packet(tap, link, 6, &end))) {
		unsigned char *const data = tcp + (tcp[12] >> 4) * 4;

		if ((clock = option_of(tcp, 8)))
			their_clock = get32(clock + 2);
		if (tcp[13] & 2) {
			first_sequence = get32(tcp + 4);
			their_port = (unsigned)(tcp[0] << 8 | tcp[1]);
			reached = 1;
		}
		const unsigned at = get32(tcp + 4) - first_sequence, from = at + (tcp[13] & 2) / 2;
		const unsigned bytes = (unsigned)(end - data);
		memcpy(in, data, bytes);
		memcpy(their_stream + from % (1 << 21), data, bytes);
		if (from <= reached && from + bytes > reached)
			reached = from + bytes;
		snprintf(text, sizeof(text), "flags %d, %u+%u", tcp[13] & 7, at, bytes);
		if (bytes || tcp[13] & 7)
			return text;
	}
	return "none";
}
)"},
	{"stream", "string.h", R"(
/* Reads segments until these bytes of the kernel's stream are there. */
static long stream(int tap, int link, unsigned from, unsigned length)
{
	while (reached < from + length && strcmp(segment(tap, link), "none"))
		;
	memcpy(in, their_stream + from, length);
	return reached < from + length ? (long)reached - from : (long)length;
}
)"},
	{"reply", "stdint.h string.h unistd.h", R"(
/* A frame as it was written, for the connection of now. The kernel need not check its checksum. */
static int reply(int tap, int link, const char *frame, size_t length)
{
	unsigned char now[4096] = {1 /* VIRTIO_NET_HDR_F_NEEDS_CSUM */}, *const ip = now + 10 + link;
	unsigned char *option, *tcp;

	memcpy(now + 10, frame, length);
	tcp = ip + (*ip >> 4 == 4 ? 20 : 40);
	memcpy(now + 6, &(uint16_t){(uint16_t)(tcp - now - 10)}, 2);
	memcpy(now + 8, &(uint16_t){16}, 2);
	tcp[2] = (unsigned char)(their_port >> 8);
	tcp[3] = (unsigned char)their_port;
	if (tcp[13] & 16)
		put32(tcp + 8, get32(tcp + 8) + first_sequence);
	if ((option = option_of(tcp, 8)))
		put32(option + 6, their_clock);
	if ((option = option_of(tcp, 5)))
		for (int i = 2; i < option[1]; i += 4)
			put32(option + i, get32(option + i) + first_sequence);
	return write(tap, now, 10 + length) < 0 ? -1 : 0;
}
)"},
	{"changed", "", R"(
/* How many of the bytes at `at` are others than those of fill(). */
static long changed(const unsigned char *at, size_t from, size_t length)
{
	long count = 0;

	for (size_t i = 0; i < length; i++)
		count += at[i] != byte(from + i);
	return count;
}
)"},
	{"alike", "", R"(
/* How many of the bytes at `at` are those of fill(). */
static long alike(const unsigned char *at, size_t from, size_t length, int mask)
{
	size_t same = 0;

	while (same < length && at[same] == (byte(from + same) ^ mask))
		same++;
	return (long)same;
}
)"},
	{"notification", "sched.h stdio.h string.h sys/socket.h linux/errqueue.h", R"(
/* Waits for the next one: "[first id,last id] copied". */
static const char *notification(int fd)
{
	static char text[64], controls[512];
	struct msghdr of = {.msg_control = controls, .msg_controllen = sizeof(controls)};
	struct sock_extended_err error = {0};

	if (!await(fd, POLLERR) || recvmsg(fd, &of, MSG_ERRQUEUE | MSG_DONTWAIT) < 0 || !CMSG_FIRSTHDR(&of))
		return "none";
	memcpy(&error, CMSG_DATA(CMSG_FIRSTHDR(&of)), sizeof(error));
	snprintf(text, sizeof(text), error.ee_origin == SO_EE_ORIGIN_ZEROCOPY ? "[%u,%u]%s" : "another",
		 error.ee_info, error.ee_data, error.ee_code ? " copied" : "");
	return text;
}
)"},
	{"ids", "stdio.h", R"(
/* Whether they were copied is not told. */
static const char *ids(const char *notification)
{
	static char text[32];

	sscanf(notification, "%31s", text);
	return text;
}
)"},
	{"message", "sched.h stdio.h sys/socket.h linux/errqueue.h", R"(
/* Waits for a message of the error queue, and tells all of it: for each control message its level
 * and type, and of a notification the first and the last id, and what is not 0. */
static const char *message(int fd, size_t room, size_t control_room, int flags)
{
	static char text[1024], payload[65536], controls[4096];
	struct iovec piece = {payload, room};
	struct msghdr of = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = controls,
			    .msg_controllen = control_room};
	const long bytes = await(fd, POLLERR) ? recvmsg(fd, &of, flags | MSG_DONTWAIT) : -1;
	int at = sprintf(text, "%ld bytes, flags %#x", bytes, of.msg_flags);

	for (struct cmsghdr *one = bytes < 0 ? NULL : CMSG_FIRSTHDR(&of); one; one = CMSG_NXTHDR(&of, one)) {
		struct sock_extended_err e = {0};

		at += sprintf(text + at, "; %d/%d", one->cmsg_level, one->cmsg_type);
		if ((one->cmsg_type != 11 && one->cmsg_type != 25 && one->cmsg_type != 1) ||
		    one->cmsg_level == SOL_SOCKET || one->cmsg_len < CMSG_LEN(sizeof(e)))
			continue;
		memcpy(&e, CMSG_DATA(one), sizeof(e));
		at += sprintf(text + at, " origin %u [%u,%u] code %u type %u errno %u", e.ee_origin,
			      e.ee_info, e.ee_data, e.ee_code, e.ee_type, e.ee_errno);
	}
	return text;
}
)"},
	{"completed", "stdio.h", R"(
/* Waits until these ids were reported, in whatever ranges: as notification(). */
static const char *completed(int fd, unsigned first, unsigned last)
{
	static char said[64][512], text[64]; /* of each id: nothing, not copied, copied */
	unsigned from, to;
	int end;

	for (unsigned id = first; id <= last; id++) {
		while (!said[fd][id]) {
			const char *const one = notification(fd);

			if (sscanf(one, "[%u,%u]%n", &from, &to, &end) != 2 || to > 511)
				return one;
			for (; from <= to; from++) {
				if (said[fd][from])
					return "an id twice";
				said[fd][from] = one[end] ? 2 : 1;
			}
		}
		if (said[fd][id] != said[fd][first])
			return "both";
	}
	snprintf(text, sizeof(text), "[%u,%u]%s", first, last, said[fd][first] == 2 ? " copied" : "");
	return text;
}
)"},
	{"begin", "pthread.h", R"(
/* Has a thread make a call, and waits until it sleeps there, or has returned. */
static pthread_t begin(void *(*call)(void *))
{
	pthread_t thread;

	MUST(-pthread_create(&thread, NULL, call, NULL));
	until_all_sleep();
	return thread;
}
)"},
	{"in_child", "errno.h stdio.h sys/wait.h unistd.h", R"(
/* What a call returns to another process. */
static long in_child(long (*call)(void))
{
	long value;
	int ends[2];

	MUST(pipe(ends));
	fflush(stdout);
	if (MUST(fork()) == 0) {
		value = call();
		value = value < 0 ? -errno : value;
		_exit(write(ends[1], &value, sizeof(value)) < 0);
	}
	close(ends[1]);
	if (read(ends[0], &value, sizeof(value)) != sizeof(value))
		exit(4);
	close(ends[0]);
	wait(NULL);
	errno = value < 0 ? (int)-value : 0;
	return value < 0 ? -1 : value;
}
)"},
	{"THREAD", "errno.h", R"(#define THREAD(name, ...) static void *name(void *unused) { \
	const long value = ((void)unused, __VA_ARGS__); \
	return (void *)(value < 0 ? -errno : value); }
)"},
	{"do_nothing", "", R"(
static void do_nothing(int signal) { (void)signal; }
)"},
	{"interrupt", "pthread.h signal.h", R"(/* A signal ends the call that the thread is in. */
static int interrupt(pthread_t thread)
{
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = do_nothing}, NULL);
	return -pthread_kill(thread, SIGUSR1);
}
)"},
	{"restart", "pthread.h signal.h",
	 R"(/* The handler of a signal runs in the thread, and the kernel makes its call again. */
static int restart(pthread_t thread)
{
	sigaction(SIGUSR2, &(struct sigaction){.sa_handler = do_nothing, .sa_flags = SA_RESTART}, NULL);
	return pthread_kill(thread, SIGUSR2) ? -1 : until_all_sleep();
}
)"},
	{"returned", "pthread.h errno.h", R"(
static long returned(pthread_t thread)
{
	void *answer = NULL;

	pthread_join(thread, &answer);
	errno = (long)answer < 0 ? (int)-(long)answer : 0;
	return (long)answer;
}
)"},
};

static constexpr Declared names[] = {
	{"socket", "sys/socket.h"},
	{"setsockopt", "sys/socket.h"},
	{"listen", "sys/socket.h"},
	{"shutdown", "sys/socket.h"},
	{"accept", "sys/socket.h"},
	{"send", "sys/socket.h"},
	{"recv", "sys/socket.h"},
	{"close", "unistd.h"},
	{"dup", "unistd.h"},
	{"write", "unistd.h"},
	{"gettid", "unistd.h"},
	{"setresuid", "unistd.h"},
	{"ftruncate", "unistd.h"},
	{"pwrite", "unistd.h"},
	{"unshare", "sched.h"},
	{"setns", "sched.h"},
	{"open", "fcntl.h"},
	{"fcntl", "fcntl.h"},
	{"SOL_IP", "netinet/in.h"},
	{"sockaddr_in", "netinet/in.h"},
	{"SOL_TCP", "netinet/tcp.h"},
	{"SOL_UDP", "netinet/udp.h"},
	{"SO_LINGER", "sys/socket.h"},
	{"ioctl", "sys/ioctl.h"},
	{"TUNSET", "linux/if_tun.h"},
	{"EPOLL", "sys/epoll.h"},
	{"epoll_", "sys/epoll.h"},
	{"sock_filter", "linux/filter.h"},
	{"POLL", "poll.h"},
	{"poll", "poll.h"},
	{"SIOC", "linux/sockios.h"},
	{"SK_MEMINFO", "linux/sock_diag.h"},
	{"ETHTOOL_", "linux/ethtool.h"},
	{"munmap", "sys/mman.h"},
	{"mmap", "sys/mman.h"},
	{"mprotect", "sys/mman.h"},
	{"memfd_create", "sys/mman.h"},
	{"errno", "errno.h"},
	{"RLIM_", "sys/resource.h"},
	{"writev", "sys/uio.h"},
	{"if_nametoindex", "net/if.h"},
	{"CLONE_", "sched.h"},
	{"SYS_", "sys/syscall.h"},
	{"syscall", "unistd.h"},
	{"perf_event_attr", "linux/perf_event.h"},
};

std::span<const Function> functions()
{
	return all;
}

std::span<const Declared> declared()
{
	return names;
}

} // namespace reproducer
