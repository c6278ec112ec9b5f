// SPDX-License-Identifier: GPL-2.0
#include <gtest/gtest.h>
#include <linux/vm_sockets.h>

#include <cstring>
#include <stdexcept>

#include "os/address.h"
#include "transport/transport.h"

using transport::make_address;

TEST(Address, OfVsockIsLoopback)
{
	const os::Address address = make_address(AF_VSOCK, "1", 1234);
	sockaddr_vm vsock = {};

	ASSERT_EQ(address.length, sizeof(vsock));
	std::memcpy(&vsock, address.get(), sizeof(vsock));
	EXPECT_EQ(vsock.svm_cid, unsigned{VMADDR_CID_LOCAL});
	EXPECT_EQ(vsock.svm_port, 1234u);
}

TEST(Address, OfVsockWithoutAPortIsAnyPort)
{
	const os::Address address = make_address(AF_VSOCK, "1", 0);

	EXPECT_EQ(reinterpret_cast<const sockaddr_vm *>(address.get())->svm_port, VMADDR_PORT_ANY);
}

TEST(Address, RefusesEveryOtherCid)
{
	for (const char *cid : {"0", "2", "3", "4294967295", "", "1 "})
		EXPECT_THROW(make_address(AF_VSOCK, cid, 1234), std::invalid_argument) << cid;
}

TEST(Address, RefusesWhatIsNone)
{
	EXPECT_THROW(make_address(AF_INET, "::1", 1), std::invalid_argument);
	EXPECT_THROW(make_address(AF_INET6, "localhost", 1), std::invalid_argument);
}

TEST(Address, OfIpv4OnAnIpv6SocketIsMapped)
{
	const os::Address address = make_address(AF_INET6, "10.0.0.1", 80);

	EXPECT_EQ(address.family(), AF_INET6);
	EXPECT_EQ(os::text_of(address), "::ffff:10.0.0.1");
	EXPECT_EQ(os::port_of(address), 80u);
}
