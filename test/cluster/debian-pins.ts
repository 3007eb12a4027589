/** Debian packages that the bed unpacks: what they are for is said where they are used (debian.ts, images*.ts). */
export const suite = "bookworm";

export const pins: readonly { readonly name: string; readonly version: string; readonly sha256: string }[] = [
  {
    name: "runc",
    version: "1.1.5+ds1-1+deb12u1",
    sha256: "a00351f8c0318de0b424ecf5cd0fdb69880a89f3511cae4f6fff7de3e57881c5",
  },
  {
    name: "busybox-static",
    version: "1:1.35.0-4+deb12u1+b1",
    sha256: "3d3fdbe91d4660c873e14b092c213fe81c1da6362daa236eb25d0171eb108744",
  },
  {
    name: "curl",
    version: "7.88.1-10+deb12u15",
    sha256: "0dd9b6bf7a0bd11af2d68a52ec44c2a223fa7c11f9104c36ce1047e1137d4a8f",
  },
  {
    name: "libcurl4",
    version: "7.88.1-10+deb12u15",
    sha256: "3042904de01f9c4fbdcf1452b8f81abedcf2b015f9b9deba109063322b5bd68b",
  },
  { name: "iptables", version: "1.8.9-2", sha256: "2928d3ca6ca8a3dc3f423f6752822b1f3614a5ba609ff7806bcba4449ffe90e1" },
  { name: "libip4tc2", version: "1.8.9-2", sha256: "f2c48b367f9ec13f9aa577e7ccf81b371ce5d5fe22dddf9d7aa99f1e0bb7cfc4" },
  { name: "libip6tc2", version: "1.8.9-2", sha256: "be88db3dfa2fe3345ea343207f7c75345602686121e579023d021c348b9b4f4d" },
  {
    name: "libxtables12",
    version: "1.8.9-2",
    sha256: "cb841d66950a43af4a398625313d2f3da9065299c9738538de6c2c3495857040",
  },
  {
    name: "libnftnl11",
    version: "1.2.4-2",
    sha256: "9e619e1470a1915264e906020f3bfc046fd8458043b1342686d997b5078213af",
  },
  { name: "libmnl0", version: "1.0.4-3", sha256: "4581f42e3373cb72f9ea4e88163b17873afca614a6c6f54637e95aa75983ea7c" },
  {
    name: "libnfnetlink0",
    version: "1.0.2-2",
    sha256: "ae5cbba417ea48f34c1f72c27e8146a81f20614c1296bca2cd7234c8215fddcc",
  },
  {
    name: "libnetfilter-conntrack3",
    version: "1.0.9-3",
    sha256: "65f1539238f60fcc85d115acd640474f45c77bfddcf402eb7d75965a783c2bc8",
  },
  {
    name: "conntrack",
    version: "1:1.4.7-1+b2",
    sha256: "9827d60b60c1b5673e97f34db48d9db79e9f9ef807ee998320f6dafc80711e82",
  },
  { name: "ipset", version: "7.17-1", sha256: "4bcc86f6658ca92fe2e21a6a7d4fd162d3b94ec3cdc709a9cf05f0a8ad9c7725" },
  { name: "libipset13", version: "7.17-1", sha256: "67fe7a8366878b0431b6e247c04b131b43df90f8090000a2681e63d4c22d02ca" },
  {
    name: "bind9-dnsutils",
    version: "1:9.18.49-1~deb12u3",
    sha256: "b233212daebef9f7018c229d69c57973caf60318b92a19383835f651e0bd3944",
  },
  {
    name: "bind9-libs",
    version: "1:9.18.49-1~deb12u3",
    sha256: "3e496836d0e07863551c2d3429d7124c4cf30dec4ef071740b26ce3a428b49da",
  },
  {
    name: "libuv1",
    version: "1.44.2-1+deb12u1",
    sha256: "204f0e13354b44e6d19317887a53dab6f26696e8d95838db970b81f2a393f7fd",
  },
  { name: "libfstrm0", version: "0.6.1-1", sha256: "ea7226a3d435b98d79696952c69b06bd0bf503b4c7a7e3f77f971ce1d0f8a799" },
  {
    name: "libjemalloc2",
    version: "5.3.0-1",
    sha256: "a4117c23c5c8acf6c9678a6cb086f000b79476369da7efe8a78a70826956ad3d",
  },
  { name: "liblmdb0", version: "0.9.24-1", sha256: "126d5d9d645dbe4e60c63c55160f3db31372bc7f6351d8b4480a51b40c551ff6" },
  {
    name: "libmaxminddb0",
    version: "1.7.1-1",
    sha256: "78f4bf04567160dc2f8704a0a766bbda9241b5cf8b3d557c9442c51dac803707",
  },
  {
    name: "libprotobuf-c1",
    version: "1.4.1-1+b1",
    sha256: "e99b3091938bfbd55b24e95587b868ba735e38e4adbcb9942c6993f2de3ba1bf",
  },
  {
    name: "nftables",
    version: "1.0.6-2+deb12u2",
    sha256: "966ff20ce58c17163a771c02ddbca264291408f94c512bd85dd18da0ebdbe88c",
  },
  {
    name: "libnftables1",
    version: "1.0.6-2+deb12u2",
    sha256: "3a8223f9bfba99d97bf25296ac83de307ab036e1df63e5965f88809266851947",
  },
  {
    name: "libjansson4",
    version: "2.14-2",
    sha256: "3fc9742f9f1a37bcb9931df6074b4d1483419ef832ad5349f47323e75fc27864",
  },
  {
    name: "nginx",
    version: "1.22.1-9+deb12u11",
    sha256: "4e2778e675c07d0f2d8d3b6f5ff84f6483ade1d82c21c910eb9a2787e1cf1b1a",
  },
  {
    name: "nginx-common",
    version: "1.22.1-9+deb12u11",
    sha256: "8ef1715ff5a9764fb5f810116acee417f4e092032212b6e4f392e8d2cd6b0952",
  },
  {
    name: "libnginx-mod-http-lua",
    version: "1:0.10.23-1+deb12u1",
    sha256: "c6060e48e01172b6a04fc9b13271cb056bc8377199292d6b03f2207f15b0c598",
  },
  {
    name: "libnginx-mod-http-ndk",
    version: "1:0.3.2-3",
    sha256: "1ba51305af78458549aa587bfaae2555f950ffd11ebebacf8f7a9e5cfe1a583e",
  },
  {
    name: "libnginx-mod-http-headers-more-filter",
    version: "1:0.34-3",
    sha256: "3a609472439dc42399638431f519931f27402ec3bf1e1a20631282ed0eb618c4",
  },
  {
    name: "libnginx-mod-http-set-misc",
    version: "0.33-3",
    sha256: "bfa734bd75264ba181430834aeef758228215b374c3521e45eedbe2f0eb10b3b",
  },
  {
    name: "lua-cjson",
    version: "2.1.0+dfsg-2.2",
    sha256: "ccb427f4941cd3871fc77237d81b93cef326a49cb80ecb8d5f33ad69a8b274d4",
  },
  {
    name: "lua-resty-core",
    version: "0.1.25-1",
    sha256: "ec3474d16db332c6deb9c35c13ff3e09f10773705e3b42c0e80cb318b67dc9e5",
  },
  {
    name: "lua-resty-lrucache",
    version: "0.13-10",
    sha256: "74b1a5621936fa0aac1e85dfe2ee49f8fa9dad1856bdbc52e4109528916a8400",
  },
  {
    name: "libluajit2-5.1-2",
    version: "2.1-20230119-1",
    sha256: "83f4cb79e75286a1100ed7fd0f849b5823c911067fc9d6a1e29dfbdc84353909",
  },
  {
    name: "libpcre3",
    version: "2:8.39-15",
    sha256: "993ea623ce5b42d67f653f2faaa7ef15e7c9d72bfcb93e22a1eaff7aa3532303",
  },
];
