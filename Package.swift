// swift-tools-version: 6.1
// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import PackageDescription

let package = Package(
  name: "swift-mixed-models",
  platforms: [.macOS(.v14)],
  products: [
    .library(name: "MixedModels", targets: ["MixedModels"]),
    .library(name: "MixedModelDatasets", targets: ["MixedModelDatasets"]),
    .executable(name: "mixedmodels", targets: ["mixedmodels"]),
  ],
  traits: [
    .trait(
      name: "NLopt",
      description: """
        Optimizers of the NLopt library by name. Off in a fully static binary, which NLopt does \
        not allow.
        """
    ),
    .default(enabledTraits: ["NLopt"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.4.0"),
  ],
  targets: [
    // MARK: Ground

    .target(name: "MixedModelErrors"),
    .target(
      name: "DenseMatrices",
      dependencies: [
        .target(name: "COpenBLAS", condition: .when(platforms: [.linux]))
      ]),

    // MARK: Floor 0: five small libraries that do not know each other

    .target(
      name: "BlockMatrices",
      dependencies: ["DenseMatrices", .product(name: "RealModule", package: "swift-numerics")]),
    .target(
      name: "StatisticalFunctions",
      dependencies: [
        "DenseMatrices", "CBoostMath", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(name: "ModelOptimization", dependencies: ["MixedModelErrors", "DenseMatrices"]),
    .target(name: "ModelFormulas", dependencies: ["MixedModelErrors"]),
    .target(name: "DataTables", dependencies: ["MixedModelErrors", "CZlib"]),

    // MARK: Floors 1 to 3: fitting, inference, and the library product

    .target(
      name: "MixedModelFitting",
      dependencies: [
        "MixedModelErrors", "DenseMatrices", "BlockMatrices", "StatisticalFunctions",
        "ModelOptimization", "ModelFormulas",
        "DataTables", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(
      name: "MixedModelInference",
      dependencies: [
        "MixedModelErrors", "DenseMatrices", "StatisticalFunctions", "ModelFormulas", "DataTables",
        "MixedModelFitting", .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .target(name: "MixedModels", dependencies: ["MixedModelFitting", "MixedModelInference"]),

    // MARK: Floor 4: what stands on the library

    .target(name: "MixedModelReports", dependencies: ["MixedModels"]),
    .target(
      name: "MixedModelDatasets", dependencies: ["DataTables", "MixedModelErrors", "CDatasets"]),
    .target(
      name: "MixedModelNLopt",
      dependencies: [
        "MixedModelErrors", "ModelOptimization",
        .target(name: "CNLopt", condition: .when(traits: ["NLopt"])),
      ]),
    .target(
      name: "MixedModelTesting",
      dependencies: [
        "MixedModels", "MixedModelFitting", "ModelOptimization",
        .product(name: "RealModule", package: "swift-numerics"),
      ]),
    .executableTarget(
      name: "mixedmodels",
      dependencies: [
        "MixedModels", "MixedModelReports", "MixedModelDatasets", "MixedModelNLopt",
        "DenseMatrices",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // MARK: System libraries and C targets

    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "CNLopt", pkgConfig: "nlopt", providers: [.apt(["libnlopt-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(name: "CBoostMath"),
    .target(name: "CDatasets", exclude: ["data"]),

    // MARK: Tests

    .target(name: "TestSupport", dependencies: ["DenseMatrices"], path: "Tests/TestSupport"),
    .testTarget(name: "MixedModelErrorsTests", dependencies: ["MixedModelErrors"]),
    .testTarget(name: "DenseMatricesTests", dependencies: ["DenseMatrices", "TestSupport"]),
    .testTarget(
      name: "BlockMatricesTests", dependencies: ["BlockMatrices", "DenseMatrices", "TestSupport"]),
    .testTarget(name: "StatisticalFunctionsTests", dependencies: ["StatisticalFunctions"]),
    .testTarget(
      name: "ModelOptimizationTests",
      dependencies: [
        "ModelOptimization", "MixedModelErrors", "DenseMatrices", "MixedModelTesting",
      ]),
    .testTarget(name: "ModelFormulasTests", dependencies: ["ModelFormulas"]),
    .testTarget(
      name: "DataTablesTests", dependencies: ["DataTables", "MixedModelErrors", "CZlib"]),
    .testTarget(
      name: "MixedModelFittingTests",
      dependencies: [
        "MixedModelFitting", "ModelOptimization", "MixedModelDatasets", "MixedModelTesting",
        "TestSupport",
      ]),
    .testTarget(
      name: "MixedModelInferenceTests",
      dependencies: ["MixedModels", "MixedModelInference", "MixedModelDatasets", "TestSupport"],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MixedModelDatasetsTests",
      dependencies: ["MixedModelDatasets", "DataTables", "MixedModelErrors"]),
    .testTarget(
      name: "MixedModelNLoptTests",
      dependencies: ["MixedModelNLopt", "MixedModelErrors", "ModelOptimization", "DenseMatrices"]),
    .testTarget(
      name: "ReferenceTests",
      dependencies: [
        "MixedModels", "MixedModelFitting", "ModelOptimization", "MixedModelDatasets",
        "MixedModelNLopt", "TestSupport",
      ],
      resources: [.copy("Fixtures")]),
    .testTarget(
      name: "MixedModelReportsTests", dependencies: ["MixedModelReports", "MixedModelDatasets"]),
    .testTarget(
      name: "CommandLineTests", dependencies: ["mixedmodels", "MixedModels", "MixedModelDatasets"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x,
  cxxLanguageStandard: .cxx17
)
