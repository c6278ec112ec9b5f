// SPDX-License-Identifier: GPL-2.0
#include "netns/macvtap.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <array>
#include <cstdio>
#include <stdexcept>

#include "os/check.h"

namespace netns
{

/* A file system that only this descriptor leads to. */
static os::Fd mount_nowhere(const char *type)
{
	const std::string what = std::string("mount ") + type;
	const os::Fd context(os::check(::fsopen(type, FSOPEN_CLOEXEC), what));

	os::check(::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0), what);
	return os::Fd(os::check(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0), what));
}

/* Its sysfs is that of the caller's network namespace. */
static dev_t device_number(const std::string &device)
{
	const os::Fd sysfs = mount_nowhere("sysfs");
	const std::string name =
		"class/net/" + device + "/tap" + std::to_string(::if_nametoindex(device.c_str())) + "/dev";
	const os::Fd file(os::check(::openat(sysfs.get(), name.c_str(), O_RDONLY | O_CLOEXEC), name));
	std::array<char, 32> text = {};
	unsigned major_number = 0;
	unsigned minor_number = 0;

	os::check(::read(file.get(), text.data(), text.size() - 1), name);
	if (std::sscanf(text.data(), "%u:%u", &major_number, &minor_number) != 2)
		throw std::runtime_error("no device number in " + name);
	return ::makedev(major_number, minor_number);
}

os::Fd open_macvtap(const std::string &device)
{
	const os::Fd folder = mount_nowhere("tmpfs");

	os::check(::mknodat(folder.get(), "tap", S_IFCHR | 0600, device_number(device)), "mknod(macvtap)");
	return os::Fd(
		os::check(::openat(folder.get(), "tap", O_RDWR | O_CLOEXEC | O_NONBLOCK), "open(macvtap)"));
}

void accept_offloads(int device)
{
	const unsigned long offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;

	os::check(::ioctl(device, TUNSETOFFLOAD, offloads), "TUNSETOFFLOAD");
}

} // namespace netns
