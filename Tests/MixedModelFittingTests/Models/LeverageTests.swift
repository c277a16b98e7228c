// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import MixedModelDatasets
import MixedModelFitting
import Testing

/// References: MixedModels.jl 4.31 as its documentation prints it, where its optimizer stopped, and
/// lme4 1.1-31 (`hatvalues`) at a polished optimum.
@Suite("Leverage")
struct LeverageTests {
  @Test("Every row of a balanced one-way layout has the seed's leverage (A13.1)")
  func dyestuff() throws {
    let leverage = try ModelFits.dyestuff().leverage()
    #expect(leverage.count == 30)
    #expect(leverage.allSatisfy { abs($0 - 0.15650534082766315) < 1e-7 })
    #expect(leverage.allSatisfy { abs($0 - 0.156505345351575) < 1e-8 })
  }

  @Test("The sums are those of MixedModels.jl and lme4 (A13.1)")
  func sums() throws {
    // The seed's sum of sleepstudy is that of its own theta, which is off in the sixth digit.
    let cases: [(LinearMixedModel, printed: Double, polished: Double)] = [
      (try ModelFits.dyestuff(), 4.695160224829895, 4.69516036054724),
      (try ModelFits.sleepstudy(), 28.611526266274847, 28.6116011765511),
      (try ModelFits.dyestuff2(), 1, 1),
      (try ModelFits.penicillin(), 27.46531792078765, 27.4653479393972),
      (
        try ModelFits.penicillin(.restrictedMaximumLikelihood), 27.472361698411703,
        27.472362078299
      ),
    ]
    for (model, printed, polished) in cases {
      let sum = try model.leverage().reduce(0, +)
      #expect(abs(sum - printed) < 1e-4)
      #expect(ModelFits.agree(sum, polished, 3e-7))
    }
  }

  @Test("The sum lies between p and p + q and leaves the effective residual freedom (A13.2)")
  func range() throws {
    for model in [
      try ModelFits.dyestuff(), try ModelFits.dyestuff2(), try ModelFits.sleepstudy(),
      try ModelFits.pastes(), try ModelFits.penicillin(),
    ] {
      let sum = try model.leverage().reduce(0, +)
      let size = model.size
      #expect(sum > Double(size.rank) - 1e-12)
      #expect(sum < Double(size.rank + size.randomEffectCount))
      #expect(
        ModelFits.agree(
          try model.effectiveResidualDegreesOfFreedom(), Double(size.observationCount) - sum, 1e-14)
      )
    }
  }

  @Test("Leverages of weighted, offset and rank-deficient models are those of lme4")
  func options() throws {
    // Our theta and lme4's differ by some 1e-6, which the objective does not see.
    let weighted = try ModelFits.weighted().leverage()
    #expect(
      ModelFits.agree(
        Array(weighted.prefix(10)),
        [
          0.0514168013075465, 0.044486076507775, 0.0584621187923707, 0.0691291116024191,
          0.0717396106833772, 0.0753077995841883, 0.0454552070574633, 0.0330442612450513,
          0.0611253316034524, 0.0159335139286415,
        ], 3e-8))
    #expect(ModelFits.agree(weighted.reduce(0, +), 29.9112968568851, 3e-7))
    let offset = try ModelFits.withOffset().leverage()
    #expect(
      ModelFits.agree(Array(offset.prefix(2)), [0.0486261987357541, 0.0479267770473138], 1e-8))
    #expect(ModelFits.agree(offset.reduce(0, +), 28.6492679414706, 1e-7))
    let deficient = try ModelFits.rankDeficient().leverage()
    #expect(
      ModelFits.agree(
        Array(deficient.prefix(3)), [0.0491414699231371, 0.0490902563543465, 0.0482668846178696],
        1e-8))
    #expect(ModelFits.agree(deficient.reduce(0, +), 29.6434787858443, 1e-7))
  }

  @Test("Leverages are the diagonal of the dense hat matrix for every block structure")
  func dense() throws {
    let table = Dataset.pastes.table
    let models = [
      try ModelFits.sleepstudy(), try ModelFits.penicillin(), try ModelFits.pastes(),
      try LinearMixedModel.fit("strength ~ 1 + cask + (1 + cask | batch)", data: table),
      try LinearMixedModel.fit(
        "strength ~ 1 + (1 | batch & cask) + (1 + cask | batch)", data: table),
    ]
    for model in models {
      let hat = DenseHatMatrix(model).hat
      let leverage = try model.leverage()
      for i in leverage.indices { #expect(abs(leverage[i] - hat[i, i]) < 1e-9) }
    }
  }
}
