//! What validators do: votes, statements on jobs, pages of scores and answers.

use crate::{
    common::{model::*, *},
    history::{Character, History},
    outcomes::{answer_rows, computed, rows},
};
use codec::Encode;
use quorate_primitives::{
    availability::{vote_payload, voted_claims, AvailabilityVote, Fault, Malformed, Subject},
    job::{
        aggregate::{page_hashes, ScorePage},
        infer::{answer_page_hashes, AnswerPage},
    },
    payload,
    possession::Shown,
    views::{
        inference::AnswerPageTask,
        tasks::{JobStage, JobTask, PageTask, VoteTask},
    },
    SETTLEMENT_PAGE,
};
use quorate_runtime::{Runtime, UncheckedExtrinsic};
use quorate_runtime_api::runtime_decl_for_duties_api::DutiesApi;
use sp_keyring::Sr25519Keyring;

impl History {
    pub fn all_duties(&mut self) -> Vec<UncheckedExtrinsic> {
        self.characters = [Character {
            lies: 1_000_000,
            sleeps: 1_000_000,
        }; 4];
        let places = VALIDATORS.into_iter().enumerate();
        places
            .flat_map(|(place, validator)| self.duties(place, validator))
            .collect()
    }

    pub fn duties(&mut self, place: usize, validator: Sr25519Keyring) -> Vec<UncheckedExtrinsic> {
        let character = self.characters[place];
        let mut transactions = Vec::new();
        for task in votes(validator) {
            if !self.random.one_in(character.sleeps) && !self.random.one_in(3) {
                transactions.push(self.vote(validator, task, character));
            }
        }
        for task in jobs(validator) {
            if !self.random.one_in(character.sleeps) {
                transactions.extend(self.statement(place, validator, &task, character));
            }
        }
        for task in pages(validator) {
            if self.random.one_in(4) {
                transactions.push(page(&task));
            }
        }
        for task in answer_pages(validator) {
            if self.random.one_in(4) {
                transactions.push(answers(&task));
            }
        }
        transactions
    }

    fn is_copy(&self, subject: Subject, shown: &Shown) -> bool {
        let (Subject::Round(round), Shown::Contributor(who)) = (subject, shown) else {
            return false;
        };
        self.copies.contains(&(round, who.clone()))
    }

    pub fn vote(&mut self, validator: Sr25519Keyring, task: VoteTask, character: Character) -> UncheckedExtrinsic {
        let mut held = Vec::new();
        let mut malformed = Vec::new();
        let mut claims = Vec::new();
        for item in &task.items {
            if self.random.one_in(10) && task.items.len() > 1 {
                continue;
            }
            claims.push(item.claim());
            let lies = self.random.one_in(character.lies);
            let fault = match self.is_copy(task.subject, &item.shown) {
                true => (!lies).then_some(Malformed::OtherContributor),
                false => lies.then_some(Malformed::Header),
            };
            match fault {
                None => held.push(item.item),
                Some(reason) => malformed.push(Fault {
                    item: item.item,
                    reason,
                }),
            }
        }
        let vote = AvailabilityVote {
            subject: task.subject,
            ballot: task.ballot,
            voter: task.voter,
            claims: voted_claims(&claims),
            held: quorate_primitives::availability::bitmap(held),
            malformed: malformed.try_into().expect("few items"),
        };
        let signature = attestation_sign(validator, &vote_payload(genesis_hash(), &vote));
        Runtime::build_vote(vote, signature)
    }

    pub fn statement(
        &mut self,
        place: usize,
        validator: Sr25519Keyring,
        task: &JobTask,
        character: Character,
    ) -> Option<UncheckedExtrinsic> {
        match task.stage {
            JobStage::Commit => {
                let lie = self.random.one_in(character.lies).then(|| self.random.below(2));
                let outcome = computed(task, lie);
                let salt = [self.random.next() as u8; 32];
                self.sealed.insert((task.id, place), (outcome, salt));
                let account = validator.to_account_id();
                let commit = payload::outcome_commitment(genesis_hash(), task.id, &account, &outcome, salt);
                let message = payload::commit_payload(genesis_hash(), task.id, task.member, commit);
                let signature = attestation_sign(validator, &message);
                Some(Runtime::build_commit(task.id, task.member, commit, signature))
            }
            JobStage::Reveal { .. } => {
                let (outcome, salt) = self.sealed.get(&(task.id, place))?;
                let message = payload::reveal_payload(genesis_hash(), task.id, task.member, outcome, *salt);
                let signature = attestation_sign(validator, &message);
                Runtime::build_reveal(task.id, task.member, outcome.encode(), *salt, signature)
            }
        }
    }
}

/// A page of rows.
fn of_page<T: Clone>(rows: &[T], page: u32) -> Vec<T> {
    let start = (page * SETTLEMENT_PAGE) as usize;
    rows.iter()
        .skip(start)
        .take(SETTLEMENT_PAGE as usize)
        .cloned()
        .collect()
}

/// A page of scores.
pub fn page(task: &PageTask) -> UncheckedExtrinsic {
    let rows = rows(task.weights.len());
    let page = ScorePage::truncate_from(of_page(&rows, task.page));
    Runtime::build_page(task.round, task.page, page, page_hashes(&rows))
}

/// A page of answers.
pub fn answers(task: &AnswerPageTask) -> UncheckedExtrinsic {
    let batch = pallet_inference::Batches::<Runtime>::get(task.batch).expect("it has a record");
    let paid = batch.requests.iter().map(|id| {
        let request = pallet_inference::Requests::<Runtime>::get(id).expect("it has a record");
        (*id, request.operations)
    });
    let rows = answer_rows(paid);
    let page = AnswerPage::truncate_from(of_page(&rows, task.page));
    Runtime::build_answers(task.batch, task.page, page, answer_page_hashes(&rows))
}
