#include "collect/process/known_programs.h"

#include <string>
#include <unordered_map>

#include "base/text.h"

namespace monitorai::collect {
namespace {

constexpr std::string_view kWrappers =
    "bash sh dash zsh fish ksh mksh csh tcsh ash busybox toybox rbash cmd powershell pwsh conhost wsl wslhost wt openconsole "
    "sudo su doas runuser pkexec gosu su-exec setpriv chroot unshare nsenter bwrap firejail proot fakeroot env nohup nice ionice chrt "
    "taskset "
    "numactl stdbuf setsid timeout time script unbuffer expect flock xargs parallel watch entr "
    "tini tini-static dumb-init catatonit docker-init s6-svscan s6-supervise s6-overlay-suexec runit runsv runsvdir supervisord init "
    "systemd "
    "systemd-run systemd-inhibit systemd-cat systemctl service launchd start-stop-daemon daemonize pm2 forever circusd monit immortal "
    "tmux tmux:-server screen byobu zellij dtach abduco ttyd gotty mosh-server mosh-client mosh ssh sshd sshd-session autossh sshpass "
    "slurmstepd slurmd srun sbatch salloc squeue scancel sacct qsub qrsh bsub condor-starter condor-shadow pbs-mom flux "
    "docker dockerd docker-compose docker-proxy containerd containerd-shim containerd-shim-runc-v2 podman conmon buildah nerdctl crictl "
    "ctr runc crun "
    "youki kata-runtime apptainer singularity starter starter-suid enroot charliecloud ch-run lxc-start lxc incus kubectl kubelet oc helm "
    "minikube kind "
    "k3s vcluster devpod toolbox distrobox uv uvx pipx poetry pdm hatch rye pixi conda mamba micromamba nix nix-shell direnv asdf mise "
    "gdb lldb gdbserver cuda-gdb strace ltrace perf nsys ncu nvprof compute-sanitizer valgrind heaptrack py-spy rocprof rocgdb bpftrace "
    "make gmake ninja cmake ctest bazel buck2 just task mage hyperfine cron crond atd anacron at airflow supervisor concurrently ramalama "
    "llm-d-launcher sky dstack modal beam skypilot caffeinate cgexec catchsegv prlimit chpst envdir setuidgid with-contenv faketime rlwrap "
    "socat ";

constexpr std::string_view kLaunchers =
    "mpirun mpiexec mpiexec.hydra orterun prterun prun hydra-pmi-proxy horovodrun trtllm-llmapi-launch jsrun aprun";

constexpr std::string_view kTools =
    "grep egrep fgrep zgrep rg ag ack find fd fdfind locate ls tree cat tac head tail less more most bat sort uniq wc cut tr awk gawk mawk "
    "sed diff cmp "
    "patch xxd hexdump od strings file stat du df ncdu cp mv rm ln mkdir rmdir touch chmod chown install dd shred rsync scp sftp ftp lftp "
    "rclone "
    "tar gzip gunzip pigz zcat bzip2 xz unxz zstd unzstd lz4 zip unzip 7z 7za rar unrar sha1sum sha256sum sha512sum md5sum b2sum cksum "
    "xxhsum openssl gpg "
    "age jq yq fx dasel xmllint inotifywait inotifywatch multitail lnav journalctl dmesg logger logrotate tee pv "
    "vim vi nvim view vimdiff nano emacs emacsclient ed micro helix hx kak joe mcedit gedit kate code code-server code-insiders codium "
    "cursor subl atom zed "
    "idea pycharm clion goland webstorm notepad notepad++ explorer searchindexer dllhost svchost rundll32 taskmgr wordpad devenv "
    "git git-remote-https git-remote-http git-lfs gh glab hub svn hg ssh-agent ssh-add ssh-keygen curl wget aria2c axel http https httpie "
    "xh grpcurl nc ncat "
    "telnet ping dig nslookup host traceroute mtr tcpdump wireshark tshark nmap ab wrk hey k6 vegeta siege oha bombardier locust "
    "ps pgrep pkill kill killall top htop btop atop iotop nvtop nvidia-smi rocm-smi amd-smi intel-gpu-top glances free vmstat iostat sar "
    "pidstat lsof fuser ss "
    "netstat ip ifconfig iptables nft lspci lsusb lscpu nproc uptime who w id hostname uname date sleep yes true false echo printf test "
    "seq basename "
    "dirname realpath readlink which whereis man info apropos apt apt-get aptitude dpkg rpm yum dnf zypper pacman apk snap snapd flatpak "
    "brew pip pip3 npm npx yarn "
    "pnpm cargo rustc go gofmt gcc g++ cc c++ cc1 cc1plus clang clang++ clangd clang-tidy ld lld ld.lld collect2 as nvcc cicc ptxas "
    "cudafe++ fatbinary ar nm objdump readelf "
    "javac gradle mvn sbt dotnet msbuild tsc eslint prettier webpack vite esbuild rust-analyzer gopls sqlite3 psql mysql mysqld mariadbd "
    "redis-cli redis-server "
    "valkey-server memcached postgres mongod clickhouse influxd etcd consul vault nats-server rabbitmq-server beam.smp kafka zookeeper "
    "minio weed "
    "qdrant milvus weaviate chroma nginx nginx: apache2 httpd caddy traefik envoy haproxy varnishd squid pgbouncer "
    "prometheus alertmanager grafana grafana-server loki promtail tempo mimir thanos victoria-metrics vmagent node-exporter "
    "prometheus-node-exporter node_exporter "
    "process-exporter blackbox-exporter cadvisor dcgm-exporter nv-hostengine nvidia-gpu-exporter nvidia-persistenced "
    "nvidia-cuda-mps-control nvidia-cuda-mps-server "
    "nvidia-fabricmanager nvidia-device-plugin nvidia-container-toolkit netdata go.d.plugin telegraf collectd fluent-bit fluentd filebeat "
    "metricbeat vector otelcol "
    "otelcol-contrib datadog-agent agent zabbix-agentd beszel coroot coroot-node-agent all-smi monitorai jaeger tempo-query "
    "chrome chromium chromium-browser google-chrome brave msedge opera vivaldi firefox firefox-esr safari thunderbird slack teams discord "
    "zoom obsidian spotify "
    "steam electron signal-desktop telegram-desktop vlc mpv ffmpeg ffprobe gst-launch-1.0 obs blender gimp inkscape libreoffice "
    "soffice.bin evince okular xorg xwayland gnome-shell kwin-wayland "
    "plasmashell mutter sway hyprland weston dbus-daemon dbus-broker pulseaudio pipewire wireplumber udevd systemd-udevd systemd-journald "
    "systemd-logind polkitd "
    "networkmanager dhclient chronyd ntpd rsyslogd agetty login sshfs fusermount aws gsutil gcloud az s3cmd s5cmd mc terraform ansible "
    "packer pulumi k9s lens stern "
    "qemu-system-x86-64 qemu-img virsh libvirtd vboxheadless firecracker open-webui huggingface-cli hf nvidia-settings tor qbittorrent-nox "
    "transmission-daemon modprobe insmod "
    "cloudflared tailscaled ngrok frpc wg openvpn mount umount fsck mkfs lvm cryptsetup smartctl hdparm fio stress stress-ng iperf3";

std::unordered_map<std::string_view, KnownProgram> make_table() {
  std::unordered_map<std::string_view, KnownProgram> out;
  const auto add = [&](std::string_view names, KnownProgram what) {
    for (const std::string_view name : split(names, ' '))
      if (!name.empty()) out.emplace(name, what);
  };
  add(kWrappers, KnownProgram::wrapper);
  add(kLaunchers, KnownProgram::launcher);
  add(kTools, KnownProgram::tool);
  return out;
}

}  // namespace

KnownProgram known_program(std::string_view name) {
  static const auto table = make_table();
  const auto it = table.find(name);
  return it == table.end() ? KnownProgram::unknown : it->second;
}

}  // namespace monitorai::collect
