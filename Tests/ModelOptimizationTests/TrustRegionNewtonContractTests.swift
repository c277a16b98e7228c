// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelTesting
import ModelOptimization
import Testing

@Suite("The contract of optimizers")
struct TrustRegionNewtonContractTests {
  @Test("Newton's method keeps it, to the last digits")
  func newton() {
    #expect(OptimizerChecks.failures(of: TrustRegionNewton(), precision: 1e-10) == [])
  }
}
