// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelFitting
import Testing

@Suite("Model matrices")
struct ModelMatricesTests {
  @Test("The indicators of dyestuff are 30 × 6 with 30 entries (A3.6)")
  func indicators() throws {
    let z = try #require(try ModelFits.dyestuff().randomEffectsMatrix("batch"))
    #expect(z.rowCount == 30 && z.columnCount == 6)
    #expect(z.storedEntryCount == 30)
    let dense = z.dense()
    #expect(dense.rowCount == 30 && dense.columnCount == 6)
    for i in 0..<30 {
      for j in 0..<6 {
        #expect(dense[i, j] == (i / 5 == j ? 1 : 0))
        #expect(z[i, j] == dense[i, j])
      }
    }
  }

  @Test("Vector-valued effects have their covariates as entries (A3.6)")
  func vectorValued() throws {
    for formula in [
      "reaction ~ 1 + days + (1 + days | subj)",
      "reaction ~ 1 + days + (1 | subj) + (0 + days | subj)",
    ] {
      let model = try ModelFits.sleepstudy(.init(formula))
      let z = try #require(model.randomEffectsMatrix("subj"))
      #expect(z.rowCount == 180 && z.columnCount == 36)
      #expect(z.storedEntryCount == 360)
      #expect(z[13, 2] == 1)
      #expect(z[13, 3] == 3)
      #expect(z[13, 0] == 0)
    }
    #expect(try ModelFits.sleepstudy().randomEffectsMatrix("batch") == nil)
  }

  @Test("The fixed-effects matrix has every column in units of the data")
  func fixed() throws {
    let model = try ModelFits.sleepstudy()
    let x = model.fixedEffectsMatrix
    #expect(x.rowCount == 180 && x.columnCount == 2)
    #expect(x[9, 0] == 1 && x[9, 1] == 9)
    #expect(try ModelFits.rankDeficient().fixedEffectsMatrix.columnCount == 5)
    #expect(model.weights.allSatisfy { $0 == 1 })
    #expect(model.offset.allSatisfy { $0 == 0 })
    #expect(model.response[0] == 249.56)
  }

  @Test("Crossed factors have one entry per row each (A3.5, A3.6)")
  func crossed() throws {
    let model = try ModelFits.penicillin()
    let plate = try #require(model.randomEffectsMatrix("plate"))
    let sample = try #require(model.randomEffectsMatrix("sample"))
    #expect(plate.columnCount == 24 && plate.storedEntryCount == 144)
    #expect(sample.columnCount == 6 && sample.storedEntryCount == 144)
  }
}
