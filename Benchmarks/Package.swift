// swift-tools-version: 6.1
// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swift-mixed-models", path: "..")
  ],
  targets: [
    .executableTarget(
      name: "benchmarks",
      dependencies: [
        .product(name: "MixedModels", package: "swift-mixed-models"),
        .product(name: "MixedModelDatasets", package: "swift-mixed-models"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
