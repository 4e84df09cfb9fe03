#include "collect/process/cgroup.h"

#include <gtest/gtest.h>

#include <tuple>

namespace monitorai::collect {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
constexpr const char* kShort = "0123456789ab";

TEST(Cgroup, names_the_container_of_every_runtime) {
  const auto f = [](const std::string& text) { return parse_cgroup(text).container; };
  EXPECT_EQ(f("0::/system.slice/docker-" + kId + ".scope\n"), kShort);
  EXPECT_EQ(f("12:memory:/docker/" + kId + "\n0::/\n"), kShort);
  EXPECT_EQ(f("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b2c3d4e_0000_1111_2222_333344445555.slice/cri-containerd-" + kId + ".scope\n"), kShort);
  EXPECT_EQ(f("0::/kubepods.slice/kubepods-podabc.slice/crio-" + kId + ".scope\n"), kShort);
  EXPECT_EQ(f("0::/machine.slice/libpod-" + kId + ".scope/container\n"), kShort);
  EXPECT_EQ(f("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId + ".scope\n"), kShort);
  EXPECT_EQ(f("0::/system.slice/containerd.service/kubepods-besteffort-pod1b2c3d4e_0000_1111_2222_333344445555.slice:cri-containerd:" + kId + "\n"), kShort);
  EXPECT_EQ(f("0::/lxc/web/init.scope\n"), "web");
  EXPECT_EQ(f("0::/lxc.payload.gpu1/system.slice/ollama.service\n"), "gpu1");
}

TEST(Cgroup, what_runs_beside_a_container_is_in_none) {
  const auto f = [](const std::string& text) { return parse_cgroup(text).container; };
  EXPECT_EQ(f(""), "");
  EXPECT_EQ(f("0::/\n"), "");
  EXPECT_EQ(f("garbage"), "");
  EXPECT_EQ(f("0::/system.slice/docker.service\n"), "");
  EXPECT_EQ(f("0::/machine.slice/libpod-conmon-" + kId + ".scope\n"), "");
  EXPECT_EQ(f("0::/user.slice/x" + kId + "\n"), "");
  EXPECT_EQ(f("0::/user.slice/" + kId.substr(1) + "\n"), "");
}

TEST(Cgroup, names_pods_with_both_drivers) {
  const auto f = [](const std::string& text) { return parse_cgroup(text).pod; };
  EXPECT_EQ(f("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1b2c3d4e_0000_1111_2222_333344445555.slice/x\n"), "1b2c3d4e-0000-1111-2222-333344445555");
  EXPECT_EQ(f("4:cpu:/kubepods/besteffort/pod1b2c3d4e-0000-1111-2222-333344445555/" + kId + "\n"), "1b2c3d4e-0000-1111-2222-333344445555");
  EXPECT_EQ(f("0::/kubepods/pod0123456789abcdef0123456789abcdef/x\n"), "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(f("0::/user.slice/pod1b2c3d4e-0000-1111-2222-333344445555\n"), "");
  EXPECT_EQ(f("0::/kubepods/podman\n"), "");
}

TEST(Cgroup, names_the_unit) {
  const auto f = [](const std::string& text) { return parse_cgroup(text).systemd_unit; };
  EXPECT_EQ(f("0::/system.slice/ollama.service\n"), "ollama.service");
  EXPECT_EQ(f("0::/user.slice/user-1000.slice/user@1000.service/app.slice/lmstudio.service\n"), "lmstudio.service");
  EXPECT_EQ(f("0::/user.slice/user-1000.slice/session-3.scope\n"), "");
}

}  // namespace
}  // namespace monitorai::collect
